"""The processor time in which 10,000 earlier runs are told: as a list, as JSON, as trends of a scenario.

``python bench/history.py [RUNS]``. The database beside the records is filled first, and that is told, too.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slaharness.model import FAULT, Outcome, Scenario, Verdict
from slaharness.record.run_record import RunRecord, Stage
from slaharness.record.store import RecordStore

#: Seconds of processor time.
LIMIT = 1.0
SCENARIOS = 20


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        _records(Path(folder), runs)
        first = _asked(folder)
        took = {
            "list": _asked(folder),
            "json": _asked(folder, "--json"),
            "trends": _asked(folder, "--trends", "kill-0"),
        }
        kept = (Path(folder) / ".history.sqlite").stat().st_size
    value = max(took.values())
    line = {"name": "history", "ok": value <= LIMIT, "value": value, "limit": LIMIT, "unit": "s of processor"}
    print(json.dumps({**line, **took, "runs": runs, "first time": first, "database in MB": kept / 1e6}))


def _records(reports: Path, runs: int) -> None:
    """Copies of one, of several scenarios, of which some are MISSED."""
    run, met, missed = _one(reports.parent / f"{reports.name}-one")
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(runs):
        at = (began + timedelta(minutes=number)).strftime("%Y%m%dT%H%M%S.%fZ")
        folder = reports / f"kill-{number % SCENARIOS}" / at
        folder.mkdir(parents=True)
        (folder / "run.json").write_bytes(run)
        (folder / "verdicts.json").write_bytes(missed if number % 97 == 0 else met)


def _one(folder: Path) -> tuple[bytes, bytes, bytes]:
    """The files of a record, and its verdicts of two kinds."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        store = RecordStore(Path(scratch))
        record = RunRecord(
            Scenario("kill", "mix", "kill"), "r", stages=(Stage("load", 0.0, 60.0),), place={"machine": "vm"}
        )
        store.save_record(record)
        found = [(store.folder / "run.json").read_bytes()]
        for outcome in (Outcome.MET, Outcome.MISSED):
            store.save_verdicts(
                tuple(
                    Verdict(
                        f"objective-{one}", FAULT, outcome, "≥ 99 %", "97 %", 1_050, "3 of 1,050 failed",
                        {"steady (s)": 4.0 + one},
                    )
                    for one in range(4)
                )
            )  # fmt: skip
            found.append((store.folder / "verdicts.json").read_bytes())
    return found[0], found[1], found[2]


def _asked(folder: str, *words: str) -> float:
    """Seconds of processor time that the command took."""
    before = os.times()
    argv = [sys.executable, "-m", "slaharness", "history", "--reports", folder, *words]
    # What is installed is compiled once, whatever the environment of this bench says of its own bytecode.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = f"{folder}/.bytecode"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(argv, env=environment, check=True, timeout=600, **quiet)
    after = os.times()
    return round(
        after.children_user + after.children_system - before.children_user - before.children_system, 2
    )


if __name__ == "__main__":
    main()
