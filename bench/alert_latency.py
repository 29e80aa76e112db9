"""How long an alert takes from the instant that its reading was meant for to the user's ear.

``python bench/alert_latency.py [RECORD]``: of the record of a run whose load was ``alerts``; without one, as
root, of ``kill-the-taskmanager``, run for it on a cluster of its own. Limited is the 95th percentile in
BASELINE. Beside it stand that of RECOVERY, and how often it is what the same run's readings took to their
topic, as they would have to without alerts, too.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from lab import short

from slaharness.events import STAGE_READ, last
from slaharness.ledger import rows
from slaharness.ledger.arrivals import arrivals
from slaharness.ledger.ledger import Ledger
from slaharness.model import BASELINE, RECOVERY, Phase, with_arrival
from slaharness.record.saved_run import SavedRun
from slaharness.record.store import RecordStore

#: Seconds; and as many alerts have to be heard in each window.
LIMIT, LEAST = 5.0, 100
HEARD, TOPIC = "hear alert", "messages"
SCENARIO = "kill-the-taskmanager"

Numbers = npt.NDArray[np.float64]


def main() -> int:
    short.needs(
        "alert_latency", "the record of a run with the load `alerts`, or root and ten minutes for one"
    )
    record = Path(sys.argv[1]) if len(sys.argv) > 1 else _ran()
    run = SavedRun(RecordStore.open(record))
    calm, after = (_heard(run, phase) for phase in (BASELINE, RECOVERY))
    told = _quantiles(_to_the_topic(run))
    enough = min(len(calm), len(after)) >= LEAST
    found = _quantiles(calm)
    met = enough and found["p95"] <= LIMIT
    print(json.dumps({
        "name": "alert_latency", "ok": met, "value": found["p95"], "limit": LIMIT, "unit": "s",
        "alerts": len(calm), "calm": found, "after_a_fault": _quantiles(after),
        "readings_to_their_topic": told, "times_that": round(found["p50"] / max(told["p50"], 0.001), 1),
        "record": str(record),
    }))  # fmt: skip
    return 0 if met else 1


def _ran() -> Path:
    argv = [sys.executable, "-m", "slaharness", "run", SCENARIO, "--json", "--replace-stack"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=3600, check=False)
    try:
        return Path(json.loads(done.stdout)["runs"][0]["record"])
    except (ValueError, LookupError):
        sys.exit(f"{' '.join(argv[2:])} ended with {done.returncode}:\n{done.stderr}")


def _heard(run: SavedRun, phase: Phase) -> Numbers:
    """Seconds of each alert that was heard, in order, of a reading that was meant for the window."""
    ledger: Ledger = run.ledger
    window: Any = run.timeline.window(phase)
    meant = ledger.column("intended")
    inside = (window.start <= meant) & (meant < window.end)
    heard = ledger.named({HEARD}) & ledger.where("outcome", "ok") & inside
    return (ledger.column("finished") - meant)[heard]


def _to_the_topic(run: SavedRun) -> Numbers:
    """Seconds from each acknowledgement to its message."""
    columns = run.record.pipeline[TOPIC]
    read = last([one for one in run.timeline.events if one.detail == TOPIC], STAGE_READ)
    held = rows.read(run.store.stage(TOPIC), with_arrival(columns))
    return arrivals(run.due_at(TOPIC, columns), held, columns.key, read.at if read else 0.0).lags


def _quantiles(seconds: Numbers) -> dict[str, float]:
    if not len(seconds):
        sys.exit("nothing was heard, or came to its topic: was the load `alerts`, and the stack whole?")
    middle, most, slowest = (round(float(one), 3) for one in np.quantile(seconds, [0.5, 0.95, 1.0]))
    return {"p50": middle, "p95": most, "slowest": slowest}


if __name__ == "__main__":
    sys.exit(main())
