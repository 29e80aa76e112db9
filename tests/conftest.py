"""Hypothesis profiles: quick for people, thorough in CI; and pytest's own plugin for testing plugins."""

import gc
import os
from importlib import import_module

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

#: All of measuring and drawing, which a session of ours loads when it needs it.
LOADED_LATE = (
    "slaharness.plugin.finished",
    "slaharness.settings.inputs",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
)


@pytest.fixture(scope="session")
def loaded_late() -> None:
    for name in LOADED_LATE:
        import_module(name)


@pytest.fixture
def pytester(loaded_late: None, pytester: pytest.Pytester) -> pytest.Pytester:
    """Pytest's own, after what is slow to import: what such a test is the first to import goes when it ends.

    Twice in each: with the run inside the test, and with the test. That was half of its time.
    """
    return pytester
