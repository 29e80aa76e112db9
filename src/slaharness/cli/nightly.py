"""``slaharness nightly``: every scenario on one cluster, through failures and crashes, with one summary."""

import json
import os
import re
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from slaharness.cli import options, show
from slaharness.environment import Wanted, shared
from slaharness.errors import BadInput
from slaharness.host import command, interrupt, project
from slaharness.host.progress import console
from slaharness.model import Outcome, Scenario, Verdict, by_label
from slaharness.model.words import counted
from slaharness.plugin import collected
from slaharness.record.night import TROUBLE, Night, NightStore, Try, broken_off, digest
from slaharness.report import night as report
from slaharness.report.night_junit import trouble, write_junit
from slaharness.report.step_summary import VARIABLE
from slaharness.settings import read as settings

#: Seconds of a run beside its windows: as it goes for the order of a night, and at most.
BESIDE, AT_MOST = 90.0, 3600.0
#: What names of files are not made of.
NO_FILE = re.compile(r"[^\w. -]")
_VERDICTS = TypeAdapter(tuple[Verdict, ...])


def _shard(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, int]:
    """``2/3``: the second of three parts."""
    number, _, of = value.partition("/")
    if number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
        return int(number), int(of)
    raise click.BadParameter(f"{value!r} is no part like 2/3")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--shard", callback=_shard, default="1/1", metavar="I/N", help="Only the Ith of N parts.")
@click.option("--anew", is_flag=True, help="Begin a new night, though one broke off.")
@options.CLUSTER
@options.CONTEXT
@options.NAME
@options.NODES
@options.REGISTRY
@options.REPLACE
@options.SEND
@options.YES
def nightly(
    names: tuple[str, ...],
    *,
    shard: tuple[int, int],
    anew: bool,
    replace_stack: bool,
    send: bool,
    **where: Any,
) -> None:
    """Run every scenario (or those by NAME) on one cluster, and sum up; one that broke off is gone on with.

    Goes on after failures. What nobody knows is tried once more. Exits with the worst code.
    """
    here = settings.here()
    if send:
        _ = here.receiver  # refused before anything is started
    planned = part(_asked_for(names), *shard)
    wanted = Wanted(
        here.stack, **where, profiles=tuple(dict.fromkeys(one.profile for one in planned)), keep=True,
        replace=replace_stack, contexts=tuple(here.settings.faults.contexts),
    )  # fmt: skip
    number, of = shard
    night = Night(
        time.time(),
        tuple(planned),
        wanted.where,
        f"{number}/{of}" if of > 1 else "",
        inputs=digest(here.root),
    )
    store = _store(here.root / "reports", night, anew=anew)
    try:
        with interrupt.undoing(), shared(wanted):
            _run_all(store, lambda scenario, junit: _words(scenario, junit, where, send=send))
    finally:
        _sum_up(store)
    sys.exit(store.night().exit_code)


def _asked_for(names: Sequence[str]) -> list[Scenario]:
    """Each test by what it alone is called: of one with several parameters, each is a run of its own."""
    there = by_label(collected.scenarios())
    if not there:
        raise BadInput(
            f"{project.root() / 'scenarios'} has no scenario: no test marked @pytest.mark.scenario"
        )
    wanted = {name: [label for label, one in there.items() if name in {label, one.name}] for name in names}
    if missing := [name for name, labels in wanted.items() if not labels]:
        raise BadInput(f"no scenario {', '.join(missing)}; there are: {', '.join(sorted(there))}")
    found = [label for labels in wanted.values() for label in labels]
    return [replace(there[label], name=label) for label in dict.fromkeys(found or there)]


def part(scenarios: Sequence[Scenario], number: int, of: int) -> list[Scenario]:
    """The ``number``th of ``of`` parts that take about as long; profiles stay together, as each change costs.

    Raises BadInput for more parts than scenarios.
    """
    if of > len(scenarios):
        raise BadInput(f"{counted(len(scenarios), 'scenario')} cannot be split into {of} parts")
    profiles = list(dict.fromkeys(one.profile for one in scenarios))
    ordered = sorted(scenarios, key=lambda one: profiles.index(one.profile))
    until = list(accumulate(map(_seconds, ordered), initial=0.0))
    cuts = [0]
    for one in range(1, of):
        ideal = bisect_left(until, until[-1] * one / of)
        cuts.append(min(max(ideal, cuts[-1] + 1), len(ordered) - (of - one)))
    return ordered[cuts[number - 1] : [*cuts, len(ordered)][number]]


def _seconds(scenario: Scenario) -> float:
    return scenario.baseline + scenario.fault + scenario.recovery + BESIDE


def _store(reports: Path, night: Night, *, anew: bool) -> NightStore:
    """A new night's, or that of one of the same kind that broke off."""
    found = None if anew else broken_off(reports, night)
    if found is None:
        return NightStore.create(reports, night)
    before = found.night()
    if why := before.why_not(night):
        console.print(f"{found.folder} broke off, and {why}: begun anew", markup=False, soft_wrap=True)
        return NightStore.create(reports, night)
    done = len(night.planned) - len(before.left)
    console.print(f"going on with {found.folder}: {done} of {counted(len(night.planned), 'scenario')} judged")
    return found


def _run_all(store: NightStore, words: Callable[[Scenario, Path], Sequence[str | Path]]) -> None:
    """One after the other, each in a process of its own, so that none takes others with it."""
    night = store.night()
    while night.left:
        scenario = night.left[0]
        nth = len(night.of(scenario.name)) + 1
        console.print(_headline(night, scenario), markup=False, soft_wrap=True)
        junit = store.folder / f"{_file(night, scenario)}-{nth}.xml"
        night = night.with_try(_tried(store, scenario, junit, words(scenario, junit)))
        store.save(night)


def _file(night: Night, scenario: Scenario) -> str:
    """What its files are called: parameters may hold what no name of a file does."""
    plain = NO_FILE.sub("_", scenario.name)
    return plain if plain == scenario.name else f"{plain}-{night.planned.index(scenario) + 1}"


def _headline(night: Night, scenario: Scenario) -> str:
    """Which of how many; when it is tried again, why."""
    at = [one.name for one in night.planned].index(scenario.name) + 1
    line = f"[{at}/{len(night.planned)}] {scenario.name}"
    if first := night.last(scenario.name):
        return f"{line}: tried once more, as it was {first.outcome}: {first.reason}"
    return line


def _tried(store: NightStore, scenario: Scenario, junit: Path, words: Sequence[str | Path]) -> Try:
    """What is not clear is trouble: a run that says nothing of itself is never a good one."""
    began = time.time()
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    within = _seconds(scenario) + AT_MOST
    code, out = command.supervised(words, within=within, env=environment)
    record, verdicts = _answer(out)
    reason = next((str(one) for one in verdicts if one.outcome is Outcome.MISSED), "")
    reason = reason or next((str(one) for one in verdicts if one.outcome is not Outcome.MET), "")
    if code == 0 and (not verdicts or reason):
        code, reason = TROUBLE, reason or "it ended well, and gave no verdict"
    elif code is None:
        code, reason = TROUBLE, f"no end after {within:g} s"
    elif code and not reason:
        reason = trouble(store, junit.name) or f"it ended with exit code {code} and gave no reason"
    return Try(scenario.name, began, time.time(), code, record, reason, verdicts, junit.name)


def _answer(out: str) -> tuple[str, tuple[Verdict, ...]]:
    """Record and verdicts of ``slaharness run --json``; nothing where it did not come so far."""
    try:
        (run,) = json.loads(out)["runs"]
        return str(run["record"]), _VERDICTS.validate_python(run["verdicts"])
    except (ValueError, LookupError, TypeError, ValidationError):
        return "", ()


def _words(scenario: Scenario, junit: Path, where: dict[str, Any], *, send: bool) -> list[str | Path]:
    words: list[str | Path] = [sys.executable, "-m", "slaharness", "run", scenario.name, "--json"]
    words += ["--junit", junit]
    words += ["--keep-cluster", "--replace-stack", "--cluster", where["kind"], "--name", where["name"]]
    words += ["--nodes", str(where["nodes"]), *(["--yes"] if where["yes"] else [])]
    words += ["--send"] if send else []
    words += [f"--context={where['context']}"] if where["context"] else []
    return words + ([f"--registry={where['registry']}"] if where["registry"] else [])


def _sum_up(store: NightStore) -> None:
    """Table, JUnit, a GitHub job's page and the HTML file, also of a night that was interrupted."""
    night = store.night()
    if not night.left:
        night = store.ended(night)
    write_junit(store, night)
    report.write_page(store, night)
    show.whole(report.night_table(night))
    if said := report.append_summary(night):
        console.print(said, markup=False, soft_wrap=True)
    click.echo(f"page: {store.page}\nJUnit: {store.junit}")
    if night.left:
        click.echo("it is not over: `slaharness nightly` with the same words goes on with it")
