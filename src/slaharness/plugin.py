"""The pytest side: the ``scenario`` marker, the ``run`` fixture, the options, and three-valued outcomes.

A test marked ``@pytest.mark.scenario(load=…, experiment=…)`` that takes the fixture ``run`` is run once on a
cluster and asked afterwards. MISSED fails the test; UNKNOWN raises Inconclusive, which is never green.
"""

import inspect
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.table import Table

from slaharness.errors import BadInput, HarnessError, Inconclusive
from slaharness.host import interrupt, progress, project
from slaharness.model import Outcome, Scenario, Verdict
from slaharness.record.store import RecordStore
from slaharness.report import allure, junit
from slaharness.report.files import write_files
from slaharness.report.step_summary import append_summary
from slaharness.report.tables import tables
from slaharness.result import RunResult
from slaharness.scenario import from_marker
from slaharness.settings import options

if TYPE_CHECKING:
    from slaharness.environment import Environment
    from slaharness.settings.inputs import Inputs
    from slaharness.stack.protocol import Stack

SCENARIO = pytest.StashKey[Scenario]()
FINISHED = pytest.StashKey[list[RunResult]]()
_inputs = pytest.StashKey[dict[str, "Inputs"]]()
_trouble = pytest.StashKey[list[HarnessError]]()
_missed = pytest.StashKey[list[str]]()
_counted = pytest.StashKey[int]()
_finished = pytest.StashKey[RunResult]()
_raised = pytest.StashKey[BaseException | None]()

EXIT_MISSED = 1
#: Columns for a table in a log, where no terminal says how wide it is.
LOG_WIDTH = 150


#: Names of the marker: the short one, and one that no other plugin has.
MARKERS = ("scenario", "slaharness_scenario")
ARGUMENTS = "load, experiment, name, profile, baseline, fault, recovery"


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    for name in MARKERS:
        config.addinivalue_line("markers", f"{name}({ARGUMENTS}): a chaos scenario")
    config.stash[_trouble], config.stash[_missed], config.stash[FINISHED] = [], [], []
    config.pluginmanager.register(junit.UnknownIsAnError(config))
    with _as_usage_error():
        options.check(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each marked test its Scenario, keep those asked for, and refuse what cannot run."""
    with _as_usage_error():
        for item in (item for item in items if isinstance(item, pytest.Function)):
            if marker := next(filter(None, map(item.get_closest_marker, MARKERS)), None):
                question = inspect.getdoc(item.obj)
                found = from_marker(marker.kwargs, item.nodeid, question)
                item.stash[SCENARIO] = replace(found, topic=_topic(item.module))
                allure.entitle(item.obj, item.stash[SCENARIO])
        if wanted := config.getoption("sla_scenario"):
            keep = _named(wanted, items)
            config.hook.pytest_deselected(items=[item for item in items if item not in keep])
            items[:] = keep
        scenarios = [item.stash[SCENARIO] for item in items if SCENARIO in item.stash]
        if scenarios and not config.option.collectonly and not options.value(config, "record"):
            _get_ready(config, scenarios)


def _topic(module: ModuleType) -> str:
    """What the scenarios of a file are about: the first sentence of its docstring."""
    return " ".join((inspect.getdoc(module) or "").partition("\n\n")[0].split())


def _get_ready(config: pytest.Config, scenarios: list[Scenario]) -> None:
    """Read what the scenarios name, and from now on undo everything when interrupted."""
    # unit tests need neither Kubernetes nor Chaos Toolkit
    from slaharness.chaos.format import variables  # noqa: PLC0415
    from slaharness.settings import inputs, read  # noqa: PLC0415

    here = read.here()
    given = variables.given(config.getoption("sla_var"), config.getoption("sla_var_file"))
    found = {one.name: inputs.read(one, here.root, here.allowed, given) for one in scenarios}
    variables.all_known(given, (one.experiment.configured for one in found.values() if one.experiment))
    config.stash[_inputs] = found
    guard = ExitStack()
    guard.enter_context(interrupt.undoing())
    config.add_cleanup(guard.close)


@contextmanager
def _as_usage_error() -> Iterator[None]:
    """Bad input before anything has started is one line of pytest's own, and exit code 4."""
    try:
        yield
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error


def _named(wanted: list[str], items: list[pytest.Item]) -> list[pytest.Item]:
    by_name = {item.stash[SCENARIO].name: item for item in items if SCENARIO in item.stash}
    if missing := [name for name in wanted if name not in by_name]:
        there = ", ".join(sorted(by_name))
        raise BadInput(f"no scenario {', '.join(missing)}; there are: {there}")
    return [by_name[name] for name in dict.fromkeys(wanted)]


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
    scenarios = (item.stash[SCENARIO] for item in request.session.items if SCENARIO in item.stash)
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
    if SCENARIO not in request.node.stash:
        raise BadInput(
            f"{request.node.nodeid} takes `run` but has no @pytest.mark.scenario(load=…, experiment=…)"
        )
    scenario = request.node.stash[SCENARIO]
    objectives = options.value(config, "objectives")
    if folder := options.value(config, "record"):
        request.node.user_properties.append((junit.RECORD, str(folder)))
        with _uncaptured(config):
            finished = _of_record(folder, objectives)
    else:
        finished = RunResult(_live(request, scenario))
    request.node.stash[_finished] = finished
    try:
        yield finished
    finally:
        whole = finished.no_residue
        verdicts = (*finished.verdicts, whole)
        if not objectives:  # a record keeps the answers to its own questions
            finished.store.save_verdicts(verdicts)
        config.stash[FINISHED].append(finished)
        shown = list(tables(finished.store, verdicts))
        _show(config, finished.store, shown)
        if not options.value(config, "objectives"):
            write_files(finished.store, verdicts, shown[1:])
        if trouble := append_summary(finished.store, verdicts):
            progress.console.print(trouble, markup=False, soft_wrap=True)
    if request.node.stash.get(_counted, None) != len(finished.verdicts):  # something was asked afterwards
        _count(verdicts, asked=bool(finished.verdicts), raised=request.node.stash.get(_raised, None))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Count the verdicts as part of the test: what is MISSED fails it, rather than its teardown."""
    raised: BaseException | None = None
    try:
        yield
    except BaseException as error:
        raised = error
        raise
    finally:
        if _finished in item.stash:
            _judged(item, item.stash[_finished], raised)


def _judged(item: pytest.Item, finished: RunResult, raised: BaseException | None) -> None:
    verdicts = (*finished.verdicts, finished.no_residue)
    item.stash[_counted] = len(finished.verdicts)
    answered = bool(finished.verdicts) and not isinstance(raised, HarnessError)
    item.user_properties.extend(junit.properties(verdicts, answered=answered))
    _count(verdicts, asked=bool(finished.verdicts), raised=raised)


def _count(verdicts: Sequence[Verdict], *, asked: bool, raised: BaseException | None) -> None:
    """A verdict counts whether the body asserted it or not; a body that asks nothing has shown nothing.

    ``raised`` is what ended the body, which then stands for itself.
    """
    missed = [one for one in verdicts if one.outcome is Outcome.MISSED]
    if missed and (raised is None or isinstance(raised, Inconclusive)):
        pytest.fail("; ".join(map(str, missed)), pytrace=False)
    if raised is not None:
        return
    if unknown := [one for one in verdicts if one.outcome is Outcome.UNKNOWN]:
        raise Inconclusive("; ".join(map(str, unknown)))
    if not asked:
        raise Inconclusive("the test asked nothing of its run: assert run.meets(…) or another check")


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
    from slaharness.record import collect as measurements  # noqa: PLC0415  # needs Prometheus' client

    asked = openslo.load_all(objectives)
    record, series = store.record(), store.series()
    scraped = {"interval": record.interval, "load_interval": record.load_interval}
    with replaying(series, **scraped) as prometheus:
        found = tuple(measurements.measured(asked, record.timeline.windows, prometheus, store, series))
        return RunResult(store, asked, found)


def _live(request: pytest.FixtureRequest, scenario: Scenario) -> RecordStore:
    from slaharness.run import execute  # noqa: PLC0415  # unit tests need no Kubernetes client

    environment = request.getfixturevalue("slaharness_environment")
    reports = options.value(request.config, "reports") or project.root() / "reports"
    store = RecordStore.create(reports, scenario.name)
    request.node.user_properties.append((junit.RECORD, str(store.folder)))
    with _uncaptured(request.config):
        environment.deploy(scenario.profile)
        execute(scenario, request.config.stash[_inputs][scenario.name], environment, store)
    return store


@contextmanager
def _uncaptured(config: pytest.Config) -> Iterator[None]:
    """Let progress reach the terminal while pytest captures what tests print."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        yield


def _show(config: pytest.Config, store: RecordStore, shown: Sequence[Table]) -> None:
    with _uncaptured(config):
        console = Console(highlight=False)
        console.width = console.width if console.is_terminal else max(console.width, LOG_WIDTH)
        console.print("", *shown, sep="\n")
        console.print(f"record: {store.folder}", soft_wrap=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say our own errors in a line, not in a traceback, and remember which there were.

    Of a test that is no scenario, only that it failed: its traceback is its author's.
    """
    report = yield
    if call.when == "call":
        item.stash[_raised] = call.excinfo.value if call.excinfo else None
    if call.excinfo and isinstance(call.excinfo.value, HarnessError) and _of_scenario(item):
        item.config.stash[_trouble].append(call.excinfo.value)
        if junit.VERDICT not in dict(item.user_properties):
            item.user_properties.append((junit.VERDICT, str(Outcome.UNKNOWN)))
        report.longrepr = f"{type(call.excinfo.value).__name__}: {call.excinfo.value}"
    elif call.excinfo and report.failed:
        item.config.stash[_missed].append(item.nodeid)
    return report


def _of_scenario(item: pytest.Item) -> bool:
    """Whether it is one, or means to be: the fixture alone lacks the marker."""
    return SCENARIO in item.stash or "slaharness_run" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Exit 1 only when something was MISSED; otherwise with the code of what went wrong: 3, 4 or 6."""
    troubles = session.config.stash[_trouble]
    if exitstatus == EXIT_MISSED and troubles and not session.config.stash[_missed]:
        session.exitstatus = max(trouble.exit_code for trouble in troubles)
