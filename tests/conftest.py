"""Hypothesis profiles: quick for people, thorough in CI; and pytest's own plugin for testing plugins."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# What tests judge is no verdict of the job that runs them.
os.environ.pop("GITHUB_STEP_SUMMARY", None)

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")
