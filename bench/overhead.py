"""What ``slaharness run`` takes from nothing to verdict on a warm cache, and how much of it is the harness.

Neither the declared windows, nor the stack's own start and recovery, nor the cluster's making and removal
(see ``cluster_up``) are the harness. Run as root from the project's folder: ``python bench/overhead.py``.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

from lab import short

TOTAL, HARNESS = 210.0, 15.0
STACK = ("Stack: core", "Stack: whole again?")
CLUSTER = ("Cluster ", "Removing cluster ")


def main() -> None:
    short.needs("overhead", "root, and a cluster of its own on this machine with the core stack")
    began = time.monotonic()
    command = [sys.executable, "-m", "slaharness", "run", "--yes", "--json", "--name", "benchrun"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
    total = time.monotonic() - began
    if done.returncode:
        sys.exit(f"the run ended with {done.returncode}:\n{done.stderr}")
    record = Path(json.loads(done.stdout)["runs"][0]["record"])
    windows = json.loads((record / "run.json").read_text())["timeline"]["windows"]
    declared = sum(window["end"] - window["start"] for window in windows)
    stack, cluster = _spent(done.stderr, STACK), _spent(done.stderr, CLUSTER)
    harness = total - declared - stack - cluster
    parts = {"windows": declared, "stack": stack, "cluster": cluster, "harness": harness}
    print(json.dumps({
        "name": "overhead", "ok": total <= TOTAL and harness <= HARNESS,
        "value": round(total, 1), "limit": TOTAL, "unit": "s",
        "harness_limit": HARNESS, **{key: round(value, 1) for key, value in parts.items()},
    }))  # fmt: skip


def _spent(progress: str, titles: tuple[str, ...]) -> float:
    """Seconds that the steps with those titles took, from the lines that end them: ``✓ title 1.2 s``."""
    ended = re.findall(r"^✓ (.+) ([\d.]+) s$", progress, re.MULTILINE)
    return sum(float(seconds) for title, seconds in ended if title.startswith(titles))


if __name__ == "__main__":
    main()
