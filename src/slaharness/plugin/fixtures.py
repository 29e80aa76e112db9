"""The fixtures: a stack, an environment, and the finished run of a scenario."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.table import Table

from slaharness.errors import BadInput
from slaharness.host import progress, project
from slaharness.model import Scenario, Verdict
from slaharness.plugin import stash
from slaharness.plugin.outcome import count, of_body
from slaharness.record.store import RecordStore
from slaharness.report import junit
from slaharness.report.files import write_files
from slaharness.report.step_summary import append_summary
from slaharness.report.table import explained, whereabouts
from slaharness.report.tables import tables
from slaharness.result import RunResult
from slaharness.settings import options

if TYPE_CHECKING:
    from slaharness.environment import Environment
    from slaharness.stack.protocol import Stack

#: Columns for a table in a log, where no terminal says how wide it is.
LOG_WIDTH = 150


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
    with _uncaptured(request.config):
        environment = effects.enter_context(open_environment(wanted))
    try:
        yield environment
    finally:
        with _uncaptured(request.config):  # pytest has captured again meanwhile
            effects.close()


@pytest.fixture
def slaharness_run(request: pytest.FixtureRequest) -> Iterator[RunResult]:
    """The finished run of this test's scenario; ask it ``meets(…, over=…)``, ``recovered(within=…)``."""
    config = request.config
    if stash.SCENARIO not in request.node.stash:
        raise BadInput(
            f"{request.node.nodeid} takes `run` but has no @pytest.mark.scenario(load=…, experiment=…)"
        )
    scenario = request.node.stash[stash.SCENARIO]
    objectives = options.value(config, "objectives")
    if folder := options.value(config, "record"):
        request.node.user_properties.append((junit.RECORD, str(folder)))
        with _uncaptured(config):
            finished = _of_record(folder, objectives)
    else:
        finished = RunResult(_live(request, scenario))
    request.node.stash[stash.RESULT] = finished
    try:
        yield finished
    finally:
        asked, raised = bool(finished.verdicts), request.node.stash.get(stash.RAISED, None)
        counted = (*finished.verdicts, *finished.unasked)
        verdicts = (*counted, *of_body(counted, asked=asked, raised=raised))
        if not objectives:  # a record keeps the answers to its own questions
            finished.store.save_verdicts(verdicts)
        config.stash[stash.FINISHED].append(finished)
        shown = list(tables(finished.store, verdicts))
        _show(config, finished, verdicts, shown)
        if not objectives:
            write_files(finished.store, verdicts, shown[1:])
        if trouble := append_summary(finished.store, verdicts):
            progress.console.print(trouble, markup=False, soft_wrap=True)
    if request.node.stash.get(stash.COUNTED, None) != len(finished.verdicts):
        # Something was asked after the test's body.
        count(counted, asked=asked, raised=raised)


@pytest.fixture
def slaharness_repeated(request: pytest.FixtureRequest) -> int:
    """Which of the runs of a scenario that is repeated this is, from 1."""
    return int(request.param)


@pytest.fixture
def run(slaharness_run: RunResult) -> RunResult:
    """``slaharness_run`` by its short name."""
    return slaharness_run


def _of_record(folder: Path, objectives: Path | None) -> RunResult:
    """A finished run, with the objectives of its own day or with others."""
    store = RecordStore.open(folder)
    if not objectives:
        return RunResult(store)
    from slaharness.metrics.replay import replaying  # noqa: PLC0415
    from slaharness.objectives import openslo  # noqa: PLC0415
    from slaharness.record import collect  # noqa: PLC0415  # needs Prometheus' client

    asked = openslo.load_all(objectives)
    record, series = store.record(), store.series()
    scraped = {"interval": record.interval, "load_interval": record.load_interval}
    with replaying(series, **scraped) as prometheus:
        found = tuple(collect.measured(asked, record.timeline.windows, prometheus, store, series))
        return RunResult(store, asked, found)


def _live(request: pytest.FixtureRequest, scenario: Scenario) -> RecordStore:
    from slaharness.run import execute  # noqa: PLC0415  # unit tests need no Kubernetes client

    environment = request.getfixturevalue("slaharness_environment")
    reports = options.value(request.config, "reports") or project.root() / "reports"
    store = RecordStore.create(reports, scenario.name)
    request.node.user_properties.append((junit.RECORD, str(store.folder)))
    with _uncaptured(request.config):
        environment.deploy(scenario.profile)
        execute(scenario, request.config.stash[stash.INPUTS][scenario.name], environment, store)
    return store


@contextmanager
def _uncaptured(config: pytest.Config) -> Iterator[None]:
    """Let progress reach the terminal while pytest captures what tests print."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        yield


def _show(
    config: pytest.Config, finished: RunResult, verdicts: Sequence[Verdict], shown: Sequence[Table]
) -> None:
    """The tables, what explains each verdict that is not MET, and where to look on."""
    saved, store = finished.saved, finished.store
    why = explained(verdicts, saved.measurements, saved.timeline)
    with _uncaptured(config):
        console = Console(highlight=False)
        console.width = console.width if console.is_terminal else max(console.width, LOG_WIDTH)
        console.print("", *shown, sep="\n")
        lines = (*why, *whereabouts(store.folder, store.page))
        console.print(*lines, sep="\n", markup=False, soft_wrap=True)
