"""How long one infra node and three workers take from nothing to Ready, and what the empty cluster costs.

Run as root: ``python bench/cluster_up.py``. The cache is warmed first, so programs and images are there.
The last line is one JSON object.
"""

import json
import os
import time

import psutil
from lab import short

from slaharness.cluster.local import processes, teardown
from slaharness.cluster.local.provider import Local
from slaharness.host.wait import pause

NAME, WORKERS = "benchup", 3
SECONDS, GIB, PERCENT = 8.0, 1.2, 12.0
#: Seconds to let a new cluster come to rest, and to watch it.
SETTLE, WATCH = 20.0, 60.0


def main() -> None:
    short.needs("cluster_up", "root, and a cluster of its own on this machine")
    cluster = Local(NAME, WORKERS)
    cluster.down()
    try:
        cluster.up()
        cluster.down()
        busy = os.getloadavg()[0]
        began = time.monotonic()
        cluster.up()
        took = time.monotonic() - began
        pause(SETTLE)
        percent, gib = _processor(), _memory()
    finally:
        cluster.down()
    left = teardown.residue(NAME)
    met = took <= SECONDS and gib <= GIB and percent <= PERCENT and not left
    print(json.dumps({
        "name": "cluster_up", "ok": met, "value": round(took, 2), "limit": SECONDS, "unit": "s",
        "memory_gib": round(gib, 2), "memory_limit_gib": GIB,
        "processor_percent": round(percent, 1), "processor_limit_percent": PERCENT,
        "load_before": round(busy, 1), "left_behind": len(left),
    }))  # fmt: skip


def _memory() -> float:
    """Of all its processes, pods included, in GiB; shared pages count once."""
    return sum(processes.memory(process.pid) for process in processes.find(NAME)) / 2**30


def _processor() -> float:
    """Of one processor, in percent, over ``WATCH`` seconds, with the programs that ended meanwhile."""
    before = _seconds()
    pause(WATCH)
    return (_seconds() - before) / WATCH * 100


def _seconds() -> float:
    return sum(sum(psutil.Process(process.pid).cpu_times()[:4]) for process in processes.find(NAME))


if __name__ == "__main__":
    main()
