"""The time in which Allure builds the dashboard of 100 runs, with pages and pictures, once it is there.

``python bench/report.py [RUNS]``.
"""

import gzip
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from slaharness.ledger import ledger
from slaharness.model import BASELINE, FAULT, Event, Outcome, Scenario, Timeline, Verdict, Window
from slaharness.record.run_record import RunRecord, Stage
from slaharness.record.store import RecordStore
from slaharness.report.dashboard import allure, build_dashboard
from slaharness.report.files import write_files

#: Seconds; requests of a run, and seconds of it.
LIMIT, REQUESTS, LENGTH = 10.0, 2_400, 60
TIMELINE = Timeline(
    (Window(BASELINE, 0.0, 20.0), Window(FAULT, 20.0, 60.0)),
    (
        Event(20.0, "struck", "shop/db-0 on n1"),
        Event(20.4, "pod not ready", "shop/db-0"),
        Event(33.0, "pod ready", "shop/db-0"),
    ),
)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    allure()  # fetched once, and no part of it
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        first = _run(Path(folder))
        page = round(time.process_time() - began, 2)
        for number in range(1, runs):
            _copy(first, number)
        began = time.monotonic()
        build_dashboard(Path(folder))
        took = round(time.monotonic() - began, 1)
    line = {"name": "report", "ok": took <= LIMIT, "value": took, "limit": LIMIT, "unit": "s"}
    print(json.dumps({**line, "runs": runs, "seconds of processor for a run's own page": page}))


def _run(reports: Path) -> RecordStore:
    store = RecordStore.create(reports, "kill-0")
    scenario = Scenario("kill-0", "mix", "kill", question="Are orders of shop 0 kept?")
    stages = (Stage("load", 0.0, 60.0),)
    store.save_record(RunRecord(scenario, "r", TIMELINE, finished=True, stages=stages))
    store.save_objectives({})
    rows = [_request(one) for one in range(REQUESTS)]
    text = "\n".join([",".join(ledger.HEADER), *rows, f"# end,{REQUESTS}", ""])
    store.ledger.write_bytes(gzip.compress(text.encode()))
    names = [f"orders-{one}" for one in range(4)]
    write_files(
        store, [Verdict(one, FAULT, Outcome.MET, "≥ 99 %", "97 %", 1_000, "so it is") for one in names], ()
    )
    return store


def _copy(store: RecordStore, number: int) -> None:
    """The run of another scenario."""
    folder = store.folder.parents[1] / f"kill-{number}" / store.folder.name
    shutil.copytree(store.folder, folder)
    (file,) = folder.glob("allure/*-result.json")
    result = json.loads(file.read_text())
    result |= dict.fromkeys(("uuid", "historyId", "testCaseId"), f"{number:032}")
    result |= {"name": f"Are orders of shop {number} kept?", "fullName": f"kill-{number}"}
    file.with_name(f"{number:032}-result.json").write_text(json.dumps(result))
    file.unlink()


def _request(number: int) -> str:
    due = number * LENGTH / REQUESTS
    return f"{due:.6f},{due:.6f},{due + 0.01 + number % 50 / 1000:.6f},read,read,,,ok,200"


if __name__ == "__main__":
    main()
