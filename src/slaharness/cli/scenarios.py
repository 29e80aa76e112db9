"""``slaharness run``, ``judge`` and ``list``: pytest on the project's scenarios, as a command for people."""

import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest

from slaharness.cli import options, show
from slaharness.errors import BadInput
from slaharness.host import project
from slaharness.model import by_label
from slaharness.model.scenario import labelled, parameters
from slaharness.plugin import collected
from slaharness.plugin.stash import FINISHED
from slaharness.settings import inputs
from slaharness.settings import read as settings

if TYPE_CHECKING:
    from slaharness.result import RunResult


@click.command()
@click.argument("names", nargs=-1)
@options.CLUSTER
@options.CONTEXT
@options.NAME
@options.NODES
@options.OVERLAY
@options.REGISTRY
@click.option("--keep-cluster", is_flag=True, help="Leave the cluster and the stack up afterwards.")
@options.REPLACE
@options.SEND
@options.YES
@options.VAR
@options.VAR_FILE
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JUnit file [default: reports/junit.xml].",
)
@click.option("--repeat", type=click.IntRange(min=1), default=1, metavar="N", help="Run each N times.")
@options.JSON
def run(
    names: tuple[str, ...],
    *,
    overlay: Path | None,
    registry: str,
    keep_cluster: bool,
    replace_stack: bool,
    send: bool,
    yes: bool,
    variables: tuple[str, ...],
    variable_files: tuple[Path, ...],
    junit: Path | None,
    repeat: int,
    as_json: bool,
    **where: Any,
) -> None:
    """Run scenarios by NAME (default: the one that the settings name) and judge them."""
    arguments = [f"--sla-scenario={one}" for one in names or (_default(),)]
    arguments += [
        f"--sla-cluster={where['kind']}",
        f"--sla-cluster-name={where['name']}",
        f"--sla-nodes={where['nodes']}",
    ]
    arguments += [f"--sla-context={where['context']}"] if where["context"] else []
    arguments += [f"--sla-overlay={overlay.resolve()}"] if overlay else []
    arguments += [f"--sla-registry={registry}"] if registry else []
    arguments += ["--sla-keep-cluster"] if keep_cluster else []
    arguments += ["--sla-replace-stack"] if replace_stack else []
    arguments += ["--sla-send"] if send else []
    arguments += ["--sla-yes"] if yes else []
    arguments += [f"--sla-var={one}" for one in variables]
    arguments += [f"--sla-var-file={one.resolve()}" for one in variable_files]
    file = junit.resolve() if junit else project.root() / "reports/junit.xml"
    arguments += [f"--sla-repeat={repeat}"]
    sys.exit(_pytest(arguments, as_json=as_json, junit=file))


def _default() -> str:
    project = settings.here()
    if named := project.settings.scenarios.default:
        return named
    raise BadInput(
        f"name a scenario: {project.root / project.file} has no scenarios.default; `slaharness list`"
    )


@click.command()
@click.argument("record", type=click.Path(path_type=Path))
@click.option(
    "--objectives",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Objectives to hold it against, instead of the record's own.",
)
@options.JSON
def judge(record: Path, *, objectives: Path | None, as_json: bool) -> None:
    """Judge a saved run record again; needs no cluster."""
    from slaharness.record.store import RecordStore  # noqa: PLC0415  # all of costs, which no other needs

    scenario = RecordStore.open(record).record().scenario
    arguments = [f"--sla-scenario={scenario.name}", f"--sla-record={record.resolve()}"]
    arguments += [f"--sla-objectives={objectives.resolve()}"] if objectives else []
    sys.exit(_pytest(arguments, as_json=as_json))


@click.command("list")
@options.JSON
def list_scenarios(*, as_json: bool) -> None:
    """List the scenarios of this project."""
    found, files = collected.look(), inputs.Files(settings.here())
    for problem in found.problems:
        raise problem
    scenarios = found.scenarios
    first = {one.scenario.name: next(files.refused(one.scenario, one.asked), None) for one in found.tests}
    refused = {name: str(why) for name, why in first.items() if why}
    if as_json:
        show.data([asdict(scenario) | {"refused": refused.get(scenario.name, "")} for scenario in scenarios])
        return
    show.table(
        ["scenario", "load", "experiment", "question"],
        [(label, s.load, s.experiment, s.question) for label, s in by_label(scenarios).items()],
    )
    for name, why in refused.items():
        click.echo(f"{name} would be refused: {why}")
    if not scenarios:
        sys.exit(pytest.ExitCode.NO_TESTS_COLLECTED)


class _Asked(collected.Watcher):
    """A pytest plugin that keeps the finished runs of a session; where none can be, pytest only says why."""

    def __init__(self) -> None:
        self.runs: list[RunResult] = []
        self.began = False

    def pytest_runtest_logstart(self) -> None:
        """A test begins: from here on there is something to report."""
        self.began = True

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, object, object]:
        try:
            return (yield)
        except pytest.UsageError:
            session.config.pluginmanager.unregister(name="terminalreporter")
            raise

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.runs = config.stash.get(FINISHED, [])


def _pytest(arguments: Sequence[str], *, as_json: bool, junit: Path | None = None) -> int:
    asked = _Asked()
    with redirect_stdout(sys.stderr) if as_json else nullcontext(), _junit(junit, asked) as words:
        code = collected.pytest_main([*arguments, *words, "-q", "-rN", "--no-header", "--tb=short"], asked)
    if code == pytest.ExitCode.OK and not asked.runs:  # told by its settings to do something else
        code = pytest.ExitCode.NO_TESTS_COLLECTED
    for line in _together(asked.runs):
        click.echo(line, err=as_json)
    if as_json:
        show.data({"exit_code": code, "runs": [_as_json(run) for run in asked.runs]})
    return code


def _together(runs: Sequence["RunResult"]) -> Iterator[str]:
    """What the runs of a scenario that was repeated say together, and beside earlier ones."""
    if len(runs) < 2:  # noqa: PLR2004  # as every other time: its tables have said all
        return
    from slaharness.record.history import past_runs  # noqa: PLC0415
    from slaharness.report.trends import repeated  # noqa: PLC0415  # needs numpy

    tests = sorted(runs, key=_test)
    for (name, test), those in groupby(tests, key=_test):
        folders = [one.store.folder.absolute() for one in those]
        if len(folders) > 1:
            yield f"{labelled(name, parameters(test))}, {len(folders)} times:"
            earlier = past_runs(folders[0].parent.parent, name)
            yield from (f"  {line}" for line in repeated(list(earlier), folders))


def _test(run: "RunResult") -> tuple[str, str]:
    """Of one with several parameters each has an answer of its own."""
    return run.record.scenario.name, run.record.scenario.nodeid


@contextmanager
def _junit(file: Path | None, asked: _Asked) -> Iterator[Sequence[str]]:
    """Words that have pytest write ``file``; where no test began, the one of the run before stays."""
    if file is None:
        yield ()
        return
    unfinished = file.with_name(f".{file.name}")
    yield [f"--junitxml={unfinished}"]
    if asked.began and unfinished.exists():
        unfinished.replace(file)
    unfinished.unlink(missing_ok=True)


def _as_json(run: "RunResult") -> dict[str, Any]:
    verdicts = [asdict(verdict) for verdict in run.told]
    return {"scenario": run.record.scenario.name, "record": str(run.store.folder), "verdicts": verdicts}
