"""The pytest side: the ``scenario`` marker, the ``run`` fixture, the options, and three-valued outcomes.

A test marked ``@pytest.mark.scenario(load=…, experiment=…)`` that takes the fixture ``run`` is run once on a
cluster and asked afterwards. MISSED fails the test; UNKNOWN raises Inconclusive, which is never green.
"""

import pytest

from slaharness.host import streams
from slaharness.plugin import stash
from slaharness.plugin.collection import (
    MARKERS,
    as_usage_error,
    pytest_collection_modifyitems,
    pytest_generate_tests,
)
from slaharness.plugin.fixtures import (
    run,
    slaharness_environment,
    slaharness_repeated,
    slaharness_run,
    slaharness_stack,
)
from slaharness.plugin.outcome import (
    pytest_make_collect_report,
    pytest_runtest_call,
    pytest_runtest_makereport,
    pytest_sessionfinish,
)
from slaharness.report import junit
from slaharness.settings import options

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_generate_tests",
    "pytest_make_collect_report",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "run",
    "slaharness_environment",
    "slaharness_repeated",
    "slaharness_run",
    "slaharness_stack",
]

ARGUMENTS = "load, experiment, name, profile, baseline, fault, recovery"


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    streams.readable()
    for name in MARKERS:
        config.addinivalue_line("markers", f"{name}({ARGUMENTS}): a chaos scenario")
    config.stash[stash.TROUBLE], config.stash[stash.MISSED], config.stash[stash.FINISHED] = [], [], []
    config.stash[stash.REFUSED] = []
    config.pluginmanager.register(junit.UnknownIsAnError(config))
    with as_usage_error():
        options.check(config)
