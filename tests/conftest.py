"""Hypothesis profiles: quick for people, thorough in CI; pytest's own plugin for testing plugins."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# What tests judge is no verdict of the job that runs them.
os.environ.pop("GITHUB_STEP_SUMMARY", None)

# What tests are made of stays to the end: nobody looks for garbage while it is loaded, nor in it afterwards.
gc.disable()


@pytest.hookimpl(tryfirst=True)  # pytest's own runs the tests
def pytest_runtestloop() -> None:
    gc.freeze()
    gc.enable()


settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "dev")
