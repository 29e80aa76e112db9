"""A scenario's run for its test: made on a cluster, or read from a record; judged, shown and written down.

Apart from the fixtures, for it needs all that measuring and drawing need: a session that runs nothing does
without.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from slaharness.errors import BadInput
from slaharness.host import progress, project
from slaharness.model import Scenario, Verdict
from slaharness.plugin import stash
from slaharness.plugin.outcome import count, of_body
from slaharness.plugin.terminal import uncaptured
from slaharness.record.store import RecordStore
from slaharness.report import junit
from slaharness.report.files import write_files
from slaharness.report.outward.send import tried
from slaharness.report.step_summary import append_summary
from slaharness.report.table import explained, whereabouts
from slaharness.report.tables import tables
from slaharness.report.wide import print_tables
from slaharness.result import RunResult
from slaharness.settings import options


@contextmanager
def finished_run(request: pytest.FixtureRequest) -> Iterator[RunResult]:
    """The finished run of this test's scenario; when the body is done, what it asked is counted and shown."""
    config = request.config
    if stash.SCENARIO not in request.node.stash:
        raise BadInput(
            f"{request.node.nodeid} takes `run` but has no @pytest.mark.scenario(load=…, experiment=…)"
        )
    scenario = request.node.stash[stash.SCENARIO]
    objectives = options.value(config, "objectives")
    if folder := options.value(config, "record"):
        request.node.user_properties.append((junit.RECORD, str(folder)))
        with uncaptured(config):
            finished = _of_record(folder, objectives)
        _same_question(scenario, finished.record.scenario)
    else:
        finished = RunResult(_live(request, scenario))
    request.node.stash[stash.RESULT] = finished
    try:
        yield finished
    finally:
        asked, raised = bool(finished.verdicts), request.node.stash.get(stash.RAISED, None)
        counted = (*finished.verdicts, *finished.unasked)
        verdicts = finished.told = (*counted, *of_body(counted, asked=asked, raised=raised))
        # A record keeps the answers to its own questions.
        kept = not objectives and (not folder or os.access(finished.store.folder, os.W_OK))
        if kept:
            finished.store.save_verdicts(verdicts)
        config.stash[stash.FINISHED].append(finished)
        shown = list(tables(finished.store, verdicts))
        _show(config, finished, verdicts, shown)
        if kept:
            write_files(finished.store, verdicts, shown[1:])
        elif not objectives:
            told = f"{finished.store.folder} cannot be written to: what it has of verdicts is older"
            progress.console.print(told, markup=False, soft_wrap=True)
        if trouble := append_summary(finished.store, verdicts):
            progress.console.print(trouble, markup=False, soft_wrap=True)
        if receiver := config.stash.get(stash.RECEIVER, None):
            with uncaptured(config):
                progress.console.print(tried(finished.store, receiver), markup=False, soft_wrap=True)
    if request.node.stash.get(stash.COUNTED, None) != len(finished.verdicts):
        # Something was asked after the test's body.
        count(counted, asked=asked, raised=raised)


def _same_question(now: Scenario, then: Scenario) -> None:
    """Raise BadInput for a record of another fault, load or length: what is asked now is not what happened.

    It keeps the answers that it has.
    """
    for what in ("experiment", "load", "baseline", "fault", "recovery"):
        if (had := getattr(then, what)) != (has := getattr(now, what)):
            raise BadInput(
                f"{now.name} had {_said(what, had)} when it was run, and has {_said(what, has)} now: what it "
                "asks is not what the record tells of; judge it by the project as it was then"
            )


def _said(what: str, value: str | float) -> str:
    return f"the {what} {value!r}" if isinstance(value, str) else f"{what}={f'{value:g}s'!r}"


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
    with uncaptured(request.config):
        environment.deploy(scenario.profile)
        execute(scenario, request.config.stash[stash.INPUTS][scenario.name], environment, store)
    return store


def _show(
    config: pytest.Config, finished: RunResult, verdicts: Sequence[Verdict], shown: Sequence[Table]
) -> None:
    """The tables, what explains each verdict that is not MET, and where to look on."""
    saved, store = finished.saved, finished.store
    why = explained(verdicts, saved.measurements, saved.timeline)
    with uncaptured(config):
        console = Console(highlight=False)
        console.print()
        print_tables(console, *shown)
        lines = (*why, *whereabouts(store.folder, store.page))
        console.print(*lines, sep="\n", markup=False, soft_wrap=True)
