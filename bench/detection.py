"""How far verdicts can be trusted: the good stack again and again, and each mutant once, on real Kubernetes.

A false alarm is a good stack that MISSED; a miss is a mutant that is not caught, or for another reason than
its weakness (``weather/mutants/mutants.yaml``). A mutant that comes out UNKNOWN was not tried, as a rule
because the machine was busy: it is run once more, and the line says how often that was. Run as root from the
project's folder (over three hours): ``python bench/detection.py [--clean RUNS] [--only MUTANT …]``.

With ``--rows FILE`` each run is kept there as it ends, with its commit, and what the file has is not run
again: the whole can be had in parts, each of ``--minutes``; a line taken out is run anew. ``ok`` is false
until all is there.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from lab import short
from rich.console import Console
from rich.table import Table

from slaharness.host.interrupt import undoing

NAME = "detection"
MUTANTS = Path("weather/mutants")
#: The quick scenarios more often: the unit is the run.
CLEAN = (
    "kill-one-api-pod", "kill-one-cassandra-pod", "evict-cassandra-pods", "kill-one-api-pod",
    "correct-while-one-cassandra-pod-dies", "kill-cassandra-statefulset",
)  # fmt: skip
OUTCOMES = {0: "MET", 1: "MISSED", 3: "UNKNOWN", 6: "refused"}


class Row(NamedTuple):
    """One run: of which stack, what came out, whether that is right, the reason given, and by which code."""

    stack: str
    scenario: str
    outcome: str
    right: bool
    reason: str
    commit: str = ""


def main() -> None:
    short.needs("detection", "root, and a cluster of its own on this machine, and hours")
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--clean", type=int, default=20, metavar="RUNS")
    asked.add_argument("--only", nargs="*", metavar="MUTANT")
    asked.add_argument(
        "--rows", type=Path, metavar="FILE", help="keep each run here, and go on with the rest"
    )
    asked.add_argument("--minutes", type=float, default=float("inf"), help="begin no run after these")
    wanted = asked.parse_args()
    mutants = yaml.safe_load((MUTANTS / "mutants.yaml").read_text())
    chosen = {name: mutants[name] for name in (mutants if wanted.only is None else wanted.only)}
    rows = _kept(wanted.rows)
    ends = time.monotonic() + 60 * wanted.minutes
    with undoing():
        try:
            _slaharness("cluster", "up", "--name", NAME, "--yes", check=True)
            for one in _runs(rows, wanted.clean, chosen):
                if time.monotonic() > ends:
                    break
                rows.append(_seen(one(), wanted.rows))
        finally:
            _slaharness("cluster", "down", "--name", NAME, check=True)
    _print(rows, wanted.clean, len(chosen))


def _runs(
    rows: list[Row], clean: int, mutants: Mapping[str, Mapping[str, str]]
) -> Iterator[Callable[[], Row]]:
    """What is still to be run; ``rows`` grows meanwhile."""
    done = sum(row.stack == "good" for row in rows)
    if done < clean:
        _slaharness("deploy", "--name", NAME, "--replace-stack", check=True)
    for scenario in islice(cycle(CLEAN), done, clean):
        yield partial(_good, scenario)
    for name, expected in mutants.items():
        while _to_try([row for row in rows if row.stack == name]):
            yield partial(_tried, name, expected)


def _to_try(tries: list[Row]) -> bool:
    """One that came out UNKNOWN was not tried, and is, once more."""
    return not tries or (len(tries) == 1 and tries[0].outcome == "UNKNOWN" and not tries[0].right)


def _good(scenario: str) -> Row:
    outcome, verdicts, _ = _run(scenario)
    return Row("good", scenario, outcome, outcome == "MET", _worst(verdicts))


def _tried(name: str, expected: Mapping[str, str]) -> Row:
    _slaharness("undeploy", "--name", NAME, check=True)
    outcome, verdicts, said = _run(expected["scenario"], "--overlay", str(MUTANTS / name))
    reason = _reason(expected, verdicts) if verdicts else said
    right = outcome == expected.get("outcome", "MISSED") and expected["reason"] in reason
    return Row(name, expected["scenario"], outcome, right, reason)


def _reason(expected: Mapping[str, str], verdicts: list[dict[str, Any]]) -> str:
    """What the verdict said that was to say it; else the first that was not good."""
    wanted = (one for one in verdicts if one["objective"] == expected["objective"])
    return next((one["reason"] for one in wanted if one["outcome"] != "MET"), _worst(verdicts))


def _run(scenario: str, *more: str) -> tuple[str, list[dict[str, Any]], str]:
    """Outcome, verdicts, and the error in a line where no run came about."""
    done = _slaharness("run", scenario, "--name", NAME, "--json", "--replace-stack", *more)
    try:
        runs = json.loads(done.stdout)["runs"]
    except ValueError:
        runs = []
    verdicts = [verdict for run in runs for verdict in run["verdicts"]]
    _, _, error = done.stderr.partition("Trouble: ")
    return OUTCOMES.get(done.returncode, f"exit {done.returncode}"), verdicts, " ".join(error.split())


def _slaharness(*words: str, check: bool = False) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "slaharness", *words]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=1800, check=False)
    if check and done.returncode:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stderr}")
    return done


def _worst(verdicts: list[dict[str, Any]]) -> str:
    return next((one["reason"] for one in verdicts if one["outcome"] != "MET"), "every objective met")


def _seen(row: Row, kept: Path | None) -> Row:
    row = row._replace(commit=_commit())
    if kept:
        with kept.open("a") as file:
            file.write(json.dumps(row._asdict()) + "\n")
    mark = "✓" if row.right else "✗"
    print(
        f"{time.strftime('%H:%M:%S')} {mark} {row.stack} {row.scenario}: {row.outcome}: {row.reason}",
        flush=True,
    )
    return row


def _kept(file: Path | None) -> list[Row]:
    return (
        [Row(**json.loads(line)) for line in file.read_text().splitlines()] if file and file.exists() else []
    )


def _commit() -> str:
    argv = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def _print(rows: list[Row], clean: int, mutants: int) -> None:
    table = Table("stack", "scenario", "outcome", "right", "reason")
    for row in rows:
        table.add_row(row.stack, row.scenario, row.outcome, "yes" if row.right else "NO", row.reason[:90])
    Console(width=200).print(table)
    good = Counter(row.outcome for row in rows if row.stack == "good")
    last = {row.stack: row for row in rows if row.stack != "good"}
    missed = [row.stack for row in last.values() if not row.right]
    wrong = good["MISSED"] + len(missed)
    # The rule of three's exact form: what n runs without a false alarm leave possible, at 95 %.
    runs = good.total()
    bound = None if good["MISSED"] or not runs else round(1 - 0.05 ** (1 / runs), 3)
    whole = good["MET"] == clean and len(last) == mutants
    print(json.dumps({
        "name": NAME, "ok": wrong == 0 and whole, "value": wrong, "limit": 0, "unit": "wrong verdicts",
        "clean_runs": runs, "false_alarms": good["MISSED"],
        "false_alarm_rate_at_most": bound, "unknown": good["UNKNOWN"],
        "mutants": len(last), "of": mutants, "tried_again": len(rows) - runs - len(last),
        "missed_mutants": missed, "commits": sorted({row.commit for row in rows}),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
