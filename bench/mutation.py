"""Would a test notice if what judges were changed? The share of small changes that make a test fail.

Changed are the parts that decide outcomes (see ``JUDGES``), one change at a time (``mutants/changes.py``).
Survivors that change nothing a user could see are in ``mutants/accepted.toml``, each with its reason. Run:
``python bench/mutation.py``; with ``--only judge.py`` for changes of that name, ``--sample 200`` for some.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

# Threads of libraries do not outlive a fork.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from mutants.changes import Change, changes
from mutants.trials import Trials

LIMIT = 0.95
HERE = Path(__file__).parent
ACCEPTED = HERE / "mutants/accepted.toml"
SOURCE = HERE.parent / "src/slaharness"
JUDGES = (
    "objectives/*.py", "checks/**/*.py", "ledger/**/*.py", "cost/judge.py", "record/doubts.py", "result.py",
    "metrics/evidence.py", "metrics/clocks.py", "metrics/noise.py",
)  # fmt: skip
#: Fetches, and decides nothing.
OTHERS = {"readback.py"}
#: Changes between two words of how far it is.
TOLD = 100
TESTS = ("objectives", "checks", "ledger", "record", "metrics", "cost", "test_run.py")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="changes whose names hold this")
    options.add_argument("--sample", type=int, default=0, help="try so many, the same ones each time")
    options.add_argument("--at-once", type=int, default=os.cpu_count() or 1, help="trials at the same time")
    given = options.parse_args()
    began = time.monotonic()
    files = [file for pattern in JUDGES for file in sorted(SOURCE.glob(pattern)) if file.name not in OTHERS]
    every = [one for file in files for one in changes(file)]
    some = [one for one in every if given.only in one.name]
    if given.sample:
        some = random.Random(0).sample(some, min(given.sample, len(some)))  # noqa: S311 no secret
    found, left_out = tried(some, given.at_once)
    accepted = {one["change"]: one["reason"] for one in tomllib.loads(ACCEPTED.read_text())["accepted"]}
    line = {**_line(found, accepted, {one.name for one in every}), "tests_left_out": len(left_out)}
    print(json.dumps({**line, "seconds": round(time.monotonic() - began, 1)}))
    return 0 if line["ok"] else 1


def tried(some: Sequence[Change], at_once: int) -> tuple[dict[str, str], Sequence[str]]:
    """What became of each change, by name, and the tests that fail without any."""
    found: dict[str, str] = {}

    def say(change: Change, verdict: str) -> None:
        found[change.name] = verdict
        if verdict != "killed":
            print(f"{verdict}: {change.name} (line {change.lines[0]})", flush=True)
        if len(found) % TOLD == 0:
            print(f"{time.strftime('%H:%M:%S')} {len(found)} of {len(some)} tried", flush=True)

    trials = Trials(some, at_once, say)
    with tempfile.TemporaryDirectory() as folder:
        pytest.main(
            ["-q", "-s", "-m", "not live", "-p", "no:cacheprovider", "--basetemp", folder,
             "-o", "tmp_path_retention_policy=none", *(str(HERE.parent / "tests" / one) for one in TESTS)],
            plugins=[trials],
        )  # fmt: skip
    for one in trials.left_out:
        print(f"left out, as it fails without any change: {one}")
    return found, trials.left_out


def _line(found: Mapping[str, str], accepted: Mapping[str, str], every: set[str]) -> dict[str, object]:
    lived = {name for name, verdict in found.items() if verdict not in {"killed", "not possible"}}
    counts = Counter(found.values())
    for name in sorted(accepted):
        if name not in every or found.get(name) == "killed":
            print(f"accepted, and {'killed' if name in every else 'gone'}: {name}")
    judged = len(found) - counts["not possible"] - len(lived & accepted.keys())
    score = (judged - len(lived - accepted.keys())) / judged if judged else 0.0
    return {
        "name": "mutation", "ok": score >= LIMIT, "value": round(score, 4), "limit": LIMIT,
        "unit": "share of changes that a test notices", "changes": judged,
        "survivors": len(lived - accepted.keys()), "accepted": len(lived & accepted.keys()),
        "not_possible": counts["not possible"],
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
