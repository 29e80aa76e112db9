"""What we, plain Chaos Toolkit and k6 conclude from small situations whose truth is known.

Each situation is made anew for each: users, their exporter, a real Prometheus, a Kubernetes API whose
pod is killed. All on loopback, nothing of it outlives the bench. Run: ``python bench/verdicts.py``; with
``--short`` we alone are asked, of a few situations, and nothing but Prometheus need be fetched or built. With
``--back-end victoriametrics`` we alone are asked, and that is asked in the place of Prometheus.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from lab import chaostoolkit, k6, ours
from lab.programs import built
from lab.prometheus import Server, VictoriaMetrics
from lab.situations import SITUATIONS, Situation
from lab.world import SetUpError, World

#: Worlds that live at the same time: more, and two cores scrape too late for any of them to be measured.
AT_ONCE = 4
#: Who may be asked.
BACK_ENDS = {"prometheus": Server, "victoriametrics": VictoriaMetrics}
Conclude = Callable[[Situation, World], tuple[str, str]]
Found = Mapping[tuple[Situation, str], tuple[str, str]]
#: Instead of a conclusion: the bench could not make the situation; whoever should conclude broke, which is
#: wrong; it is no situation for that peer.
FAILED, BROKE, NOT_ASKED = "set-up failed", "broke", ""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", action="store_true", help="ask us alone, of a few situations")
    options.add_argument("--ours", action="store_true", help="ask us alone")
    options.add_argument("--at-once", type=int, default=AT_ONCE, help="worlds that live at the same time")
    options.add_argument("--back-end", choices=BACK_ENDS, default="prometheus", help="who is asked")
    options.add_argument("--only", default="", help="situations whose names hold this")
    given = options.parse_args()
    began = time.monotonic()
    some = [one for one in SITUATIONS if (one.short or not given.short) and given.only in one.name]
    server = BACK_ENDS[given.back_end]
    server.find()
    peers: dict[str, Conclude] = {"ours": ours.conclude}
    if not (given.short or given.ours or server is not Server):
        peers["chaostoolkit"] = partial(chaostoolkit.conclude, chaostoolkit.installed())
        peers["k6"] = partial(k6.conclude, built() / "k6")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        found = _all(Path(folder), some, peers, server, at_once=given.at_once)
        said = {one: found[one, "ours"][0] for one in some}
        again = [one for one in some if said[one].startswith("UNKNOWN") and said[one] != one.truth]
        # A machine that is short of processor time scrapes too late: these have it to themselves now.
        found |= _all(Path(folder) / "again", again, {"ours": ours.conclude}, server, at_once=1)
    _table(found, some, list(peers))
    line = _line(found, some, list(peers))
    print(json.dumps({**line, "made_again": len(again), "seconds": round(time.monotonic() - began, 1)}))
    return 0 if line["ok"] else 1


def _all(
    folder: Path,
    some: Sequence[Situation],
    peers: Mapping[str, Conclude],
    server: type[Server],
    *,
    at_once: int,
) -> dict[tuple[Situation, str], tuple[str, str]]:
    """What each peer concluded from each situation, and why."""
    with ThreadPoolExecutor(at_once) as threads:
        futures = {
            (one, peer): threads.submit(_one, one, folder / f"{peer}-{number}", conclude, server)
            for number, one in enumerate(some)
            for peer, conclude in peers.items()
            if peer == "ours" or not one.alone
        }
        return {key: future.result() for key, future in futures.items()}


def _one(situation: Situation, folder: Path, conclude: Conclude, server: type[Server]) -> tuple[str, str]:
    try:
        with _made(situation, folder, server) as world:
            try:
                return conclude(situation, world)
            except SetUpError:
                raise
            except Exception as error:  # noqa: BLE001 no conclusion is a wrong one
                return BROKE, f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 what the bench itself cannot do is no conclusion of anybody's
        return FAILED, f"{type(error).__name__}: {error}"


@contextmanager
def _made(situation: Situation, folder: Path, server: type[Server]) -> Iterator[World]:
    """The world of a situation, scraped; gone with the body."""
    world = World(folder, rollback=situation.rollback, ledger_ends=situation.ledger)
    try:
        situation.prepare(world)
        world.prometheus = server(folder / "prometheus", world)
        world.prometheus.start()
        yield world
    finally:
        world.end()
        if world.prometheus:
            world.prometheus.stop()


def _line(found: Found, some: Sequence[Situation], peers: Sequence[str]) -> dict[str, object]:
    """The bench's figures: who was wrong how often, and where the bench itself did not get so far."""
    said = {(one, peer): found.get((one, peer), (NOT_ASKED, ""))[0] for one in some for peer in peers}
    wrong = {
        peer: sum(said[one, peer] not in {one.truth, NOT_ASKED, FAILED} for one in some) for peer in peers
    }
    failed = sum(word == FAILED for word in said.values())
    others = {
        f"{peer}_{what}": figure
        for peer in peers[1:]
        for what, figure in (
            ("wrong", wrong[peer]),
            ("situations", sum(said[one, peer] != NOT_ASKED for one in some)),
            ("exits_0_where_not_met", sum(
                found.get((one, peer), ("", ""))[1] == "exit 0" for one in some if one.truth != "MET"
            )),
        )
    }  # fmt: skip
    return {
        "name": "verdicts", "ok": wrong["ours"] == 0 and not failed, "value": wrong["ours"], "limit": 0,
        "unit": "wrong conclusions", "situations": len(some), "set_up_failed": failed, **others,
    }  # fmt: skip


def _table(found: Found, some: Sequence[Situation], peers: Sequence[str]) -> None:
    row = "{:<42} {:<8}" + " {:<22}" * len(peers) + " {}"
    print(row.format("situation", "truth", *peers, "our reason"))
    for one in some:
        said = [found.get((one, peer), (NOT_ASKED, ""))[0] for peer in peers]
        marked = [word + ("" if word in {one.truth, NOT_ASKED, FAILED} else " ✗") for word in said]
        print(row.format(one.name, one.truth, *marked, found[one, "ours"][1][:160]))


if __name__ == "__main__":
    sys.exit(main())
