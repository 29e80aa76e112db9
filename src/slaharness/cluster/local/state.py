"""What is known of each cluster between two commands: its plan on disk, and a lock for who changes it now."""

import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network

from pydantic import BaseModel, Field, ValidationError
from pyroute2 import IPRoute

from slaharness.cluster.local import layout as plan
from slaharness.cluster.local.layout import Layout
from slaharness.errors import HostTrouble
from slaharness.host import paths
from slaharness.host.lock import held, holding
from slaharness.host.wait import until

#: Choosing a slot takes milliseconds.
SLOT_WITHIN = 10
FILE = "cluster.json"
#: This process: what it is to undo, it alone has made.
MAKER = uuid.uuid4().hex


class _File(BaseModel):
    """What is written."""

    slot: int = Field(ge=0, lt=len(plan.SLOTS))
    workers: int = Field(ge=1, lt=plan.MOST_NODES)
    made: float | None
    maker: str = ""


@dataclass(frozen=True)
class Saved:
    """A cluster that was begun.

    ``made``: when its nodes were Ready, in epoch seconds, None if never; ``maker``: MAKER of whoever made it.
    """

    layout: Layout
    made: float | None
    maker: str = ""


def load(name: str) -> Saved | None:
    """What was saved of the cluster; None when there is no such cluster, or nothing usable."""
    try:
        found = _File.model_validate_json((plan.home(name) / FILE).read_text())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
    return Saved(Layout(name, found.slot, found.workers), found.made, found.maker)


def save(layout: Layout, made: float | None) -> None:
    """Replace what is known, whole or not at all."""
    paths.private(layout.home)
    fresh = layout.home / f"{FILE}.new"
    content = _File(slot=layout.slot, workers=layout.workers, made=made, maker=MAKER)
    fresh.write_text(content.model_dump_json())
    fresh.replace(layout.home / FILE)


def names() -> list[str]:
    """Every cluster with a folder here."""
    if not plan.FOLDER.is_dir():
        return []
    return sorted(f.name for f in plan.FOLDER.iterdir() if f.is_dir() and plan.NAME.fullmatch(f.name))


def claim(name: str, workers: int) -> Layout:
    """Take a free block for the cluster and save its plan. HostTrouble names what is in the way."""
    Layout(name, 0, workers)
    with _choosing():
        layout = Layout(name, _free_slot(), workers)
        save(layout, None)
    return layout


def _free_slot() -> int:
    taken = {saved.layout.slot for saved in map(load, names()) if saved}
    routes = _routes()
    for slot, block in enumerate(plan.SLOTS):
        if slot not in taken and not any(block.overlaps(route) for route in routes):
            return slot
    there = ", ".join(map(str, routes)) or "no routes"
    raise HostTrouble(
        f"no free address block in {plan.RANGE}: clusters {', '.join(names()) or 'none'}, routes {there}; "
        "remove a cluster (`slaharness cluster down --name NAME`) or the route"
    )


def _routes() -> list[IPv4Network]:
    """Where the host routes parts of our range to. The default route covers all and means nothing."""
    with IPRoute() as host:
        every = [(route.get("dst"), route["dst_len"]) for route in host.get_routes(family=socket.AF_INET)]
    found = {IPv4Network((address, length)) for address, length in every if address and length}
    return sorted(route for route in found if route.overlaps(plan.RANGE))


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Only one process may make or remove a cluster at a time. ClusterTrouble at once for the second."""
    busy = f"cluster {name!r}: another command makes or removes it now; try again when that has ended"
    with held(f"cluster-{name}", else_say=busy):
        yield


@contextmanager
def _choosing() -> Iterator[None]:
    """Slots are chosen by one process after the other."""
    with ExitStack() as lock:
        until(
            lambda: lock.enter_context(holding(paths.RUN / "locks/slots.lock")),
            within=SLOT_WITHIN,
            every=0.05,
            what="the lock on slots is free",
        )
        yield


def now() -> float:
    return time.time()
