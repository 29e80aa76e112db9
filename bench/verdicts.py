"""What we, plain Chaos Toolkit and k6 conclude from small situations whose truth is known.

Each situation is made anew for each: users, their exporter, a real Prometheus, a Kubernetes API whose
pod is killed. All on loopback, nothing of it outlives the bench. Run: ``python bench/verdicts.py``.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from lab import chaostoolkit, k6, ours
from lab.programs import built
from lab.prometheus import Server
from lab.situations import SITUATIONS, Situation
from lab.world import World

#: Worlds that live at the same time: more, and two cores scrape too late for any of them to be measured.
AT_ONCE = 6
Conclude = Callable[[Situation, World], tuple[str, str]]


def main() -> None:
    began = time.monotonic()
    peers: dict[str, Conclude] = {
        "ours": ours.conclude,
        "chaostoolkit": partial(chaostoolkit.conclude, chaostoolkit.installed()),
        "k6": partial(k6.conclude, built() / "k6"),
    }
    with tempfile.TemporaryDirectory() as folder:
        found = _all(Path(folder), peers)
    _table(found)
    wrong = {peer: sum(found[one, peer][0] not in {one.truth, ""} for one in SITUATIONS) for peer in peers}
    green = {
        f"{peer}_exits_0_where_not_met": sum(
            found[one, peer][1] == "exit 0" for one in SITUATIONS if one.truth != "MET"
        )
        for peer in ("chaostoolkit", "k6")
    }
    print(json.dumps({
        "name": "verdicts", "ok": wrong["ours"] == 0, "value": wrong["ours"], "limit": 0,
        "unit": "wrong conclusions", "situations": len(SITUATIONS),
        "chaostoolkit_wrong": wrong["chaostoolkit"], "k6_wrong": wrong["k6"],
        "k6_situations": sum(not one.prometheus for one in SITUATIONS), **green,
        "seconds": round(time.monotonic() - began, 1),
    }))  # fmt: skip


def _all(folder: Path, peers: dict[str, Conclude]) -> dict[tuple[Situation, str], tuple[str, str]]:
    """What each peer concluded from each situation, and why."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        futures = {
            (one, peer): threads.submit(_one, one, folder / f"{peer}-{number}", conclude)
            for number, one in enumerate(SITUATIONS)
            for peer, conclude in peers.items()
        }
        return {key: future.result() for key, future in futures.items()}


def _one(situation: Situation, folder: Path, conclude: Conclude) -> tuple[str, str]:
    world = World(folder, rollback=situation.rollback)
    situation.prepare(world)
    world.prometheus = Server(folder / "prometheus", world)
    try:
        world.prometheus.start()
        return conclude(situation, world)
    finally:
        world.end()
        world.prometheus.stop()


def _table(found: dict[tuple[Situation, str], tuple[str, str]]) -> None:
    row = "{:<42} {:<8} {:<11} {:<22} {:<22} {}"
    print(row.format("situation", "truth", "ours", "Chaos Toolkit", "k6", "our reason"))
    for one in SITUATIONS:
        said = [found[one, peer][0] for peer in ("ours", "chaostoolkit", "k6")]
        marked = [word + ("" if word in {one.truth, ""} else " ✗") for word in said]
        print(row.format(one.name, one.truth, *marked, found[one, "ours"][1][:120]))


if __name__ == "__main__":
    sys.exit(main())
