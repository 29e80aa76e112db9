"""The fixtures: a stack, an environment, and the finished run of a scenario."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import pytest

from slaharness.plugin import stash
from slaharness.plugin.terminal import uncaptured
from slaharness.settings import options

if TYPE_CHECKING:
    from slaharness.environment import Environment
    from slaharness.result import RunResult
    from slaharness.stack.protocol import Stack


@pytest.fixture(scope="session")
def slaharness_stack() -> "Stack":
    """The system under test, as the project's settings say; override it to say so in Python."""
    from slaharness.settings import read  # noqa: PLC0415  # unit tests need no Kubernetes client

    return read.here().stack


@pytest.fixture(scope="session")
def slaharness_environment(
    request: pytest.FixtureRequest, slaharness_stack: "Stack"
) -> Iterator["Environment"]:
    """The cluster, made once a session and put back as it was found; each scenario deploys its stack."""
    from slaharness.environment import Wanted, open_environment  # noqa: PLC0415  # as above
    from slaharness.settings import read  # noqa: PLC0415

    option, settings = partial(options.value, request.config), read.here().settings
    scenarios = (item.stash[stash.SCENARIO] for item in request.session.items if stash.SCENARIO in item.stash)
    wanted = Wanted(
        slaharness_stack,
        kind=option("cluster"),
        name=option("cluster_name"),
        nodes=option("nodes"),
        context=option("context"),
        overlay=option("overlay"),
        registry=option("registry") or settings.load.registry,
        load_image=settings.load.image,
        profiles=tuple(dict.fromkeys(scenario.profile for scenario in scenarios)),
        keep=option("keep_cluster"),
        yes=option("yes"),
        replace=option("replace_stack"),
        contexts=tuple(settings.faults.contexts),
    )
    effects = ExitStack()
    with uncaptured(request.config):
        environment = effects.enter_context(open_environment(wanted))
    try:
        yield environment
    finally:
        with uncaptured(request.config):  # pytest has captured again meanwhile
            effects.close()


@pytest.fixture
def slaharness_run(request: pytest.FixtureRequest) -> Iterator["RunResult"]:
    """The finished run of this test's scenario; ask it ``meets(…, over=…)``, ``recovered(within=…)``."""
    from slaharness.plugin.finished import finished_run  # noqa: PLC0415  # all of measuring and drawing

    with finished_run(request) as finished:
        yield finished


@pytest.fixture
def slaharness_repeated(request: pytest.FixtureRequest) -> int:
    """Which of the runs of a scenario that is repeated this is, from 1."""
    return int(request.param)


@pytest.fixture
def run(slaharness_run: "RunResult") -> "RunResult":
    """``slaharness_run`` by its short name."""
    return slaharness_run
