"""Put back what dead harnesses left, by their journals: at the start of a run, and by ``slaharness heal``."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from slaharness.cluster import lease
from slaharness.cluster.api import Api
from slaharness.cluster.credentials import of_this_machine
from slaharness.cluster.provider import uid
from slaharness.errors import ClusterTrouble, HarnessError, RecordTrouble
from slaharness.host import interrupt
from slaharness.host.lock import holding
from slaharness.host.unreachable import why
from slaharness.host.wait import until
from slaharness.undo.journal import OBJECTS, Entry, Found, folder, lock, parse, write

#: The kind of entry for a run's Lease on a cluster: ``cluster``, and the ``holder``.
LEASE = "lease"
#: Undoes one kind of entry by its ``args``. Called again after a failure, and for what never happened.
Handler = Callable[[Mapping[str, Any]], object]
#: Undoes an entry, and says why not if it could not.
Undo = Callable[[Entry], str]
#: Seconds that one ``heal`` waits for another one to end.
PATIENCE = 120.0


@dataclass(frozen=True)
class Healed:
    """One thing put back, or, with a ``problem``, one that could not be."""

    run: str
    what: str
    problem: str = ""


def heal(handlers: Mapping[str, Handler]) -> list[Healed]:
    """Undo all entries of journals whose process is gone, newest first; return what was done.

    Runs under way are left alone with the clusters that they are on, and so are those of other machines. An
    entry that cannot be undone now stays for the next time.
    """
    with _alone():
        return _all({OBJECTS: delete_objects, LEASE: _release, **handlers})


def reached(args: Mapping[str, Any]) -> Api | None:
    """The cluster of an entry (``kubeconfig``, ``context``, ``uid``); None when it is gone, effect and all.

    A cluster of this machine is gone with its kubeconfig, or when a later one has its name. Raises
    ClusterTrouble for others that cannot be found: what was done to them is still there.
    """
    kubeconfig, context, known = Path(args["kubeconfig"]), args["context"], args.get("uid")
    ours = of_this_machine(kubeconfig)
    if not kubeconfig.exists():
        if ours:
            return None
        raise ClusterTrouble(
            f"{kubeconfig} is gone, and its cluster may not be: put it back, then heal again"
        )
    api = Api(kubeconfig, context)
    if not known or uid(api) == known:
        return api
    if ours:
        return None
    raise ClusterTrouble(
        f"context {context!r} in {kubeconfig} leads to another cluster now: lead it back, then heal again"
    )


def delete_objects(args: Mapping[str, Any]) -> None:
    """Undo an ``objects`` entry."""
    for file in args.get("files", ()):
        Path(file).unlink(missing_ok=True)
    if api := reached(args):
        api.delete(args["objects"])
        until(lambda: not api.there(args["objects"]), within=PATIENCE, what="what a killed run left is gone")


def _release(args: Mapping[str, Any]) -> None:
    """Undo a LEASE entry, unless another run has taken it over since."""
    if api := reached(args["cluster"]):
        lease.release(api, args["holder"])


@contextmanager
def _alone() -> Iterator[None]:
    """Let no two processes heal at once: removing a cluster twice at the same time does harm."""
    file = folder() / "heal.lock"
    with ExitStack() as lock:
        until(
            lambda: lock.enter_context(holding(file)),
            within=PATIENCE, what="another `slaharness heal` has ended",
        )  # fmt: skip
        yield


@contextmanager
def _claimed(entry: Entry, dead: Collection[str]) -> Iterator[None]:
    """Have the entry's cluster to ourselves: what a killed run left bears names that a living one uses, too.

    A cluster that is gone, or that goes with the entry, needs no claim. Raises ClusterTrouble when another
    run is on it.
    """
    where = entry.args.get("cluster", entry.args)
    with ExitStack() as claim:
        if "kubeconfig" in where and (api := reached(where)):
            claim.enter_context(lease.held(api, f"context {where['context']}", lease.me(), dead=dead))
        yield


def _dead() -> Iterator[str]:
    """Holders of leases whose process is gone."""
    for file in folder().glob("*.json"):
        with holding(lock(file.parent, file.stem)) as dead, suppress(FileNotFoundError, RecordTrouble):
            entries = parse(file.read_text(), str(file)).entries if dead else ()
            yield from (entry.args["holder"] for entry in entries if entry.kind == LEASE)


def _all(handlers: Mapping[str, Handler]) -> list[Healed]:
    """Go over the journals again after a failure: another entry may have taken the cluster itself away since.

    Else what is left would be replayed one day on the next cluster of that name.
    """
    dead = frozenset(_dead())
    first = list(_journals(handlers, dead))
    again = list(_journals(handlers, dead)) if any(one.problem for one in first) else []
    tried = {(one.run, one.what) for one in again}
    return [*(one for one in first if not one.problem or (one.run, one.what) not in tried), *again]


def _journals(handlers: Mapping[str, Handler], dead_holders: Collection[str]) -> Iterator[Healed]:
    for file in sorted(folder().glob("*.json")):
        with holding(lock(file.parent, file.stem)) as dead:
            if dead:
                yield from _journal(file, partial(_undo, handlers, dead_holders))


def _journal(file: Path, undo: Undo) -> Iterator[Healed]:
    """Heal one whose lock we hold."""
    try:
        found = parse(file.read_text(), str(file))
    except FileNotFoundError:  # its run ended well just now
        return
    except RecordTrouble as error:
        aside = file.replace(file.with_suffix(".broken"))
        yield Healed(file.stem, "undo journal", f"{error}; kept as {aside}")
        return
    if found.owner.here:
        yield from _replay(found, undo, partial(_keep, file))
    else:
        yield _elsewhere(found)


def _elsewhere(found: Found) -> Healed:
    return Healed(
        found.run, "undo journal", f"left alone: `slaharness heal` on machine {found.owner.machine}"
    )


def _replay(found: Found, undo: Undo, keep: Callable[[Found], None]) -> Iterator[Healed]:
    """Undo from newest to oldest, each to its end, whoever presses Ctrl-C meanwhile."""
    left = list(found.entries)
    for entry in left[::-1]:
        with interrupt.finishing():
            problem = undo(entry)
            if not problem:
                left.remove(entry)
                keep(replace(found, entries=tuple(left)))
        yield Healed(found.run, entry.what, problem)
    keep(replace(found, entries=tuple(left)))


def _undo(handlers: Mapping[str, Handler], dead_holders: Collection[str], entry: Entry) -> str:
    """Undo one entry, and return why not if it could not be."""
    handler = handlers.get(entry.kind)
    if handler is None:
        return f"this version cannot undo {entry.kind!r}"
    try:
        with _claimed(entry, dead_holders):
            handler(entry.args)
    except (HarnessError, ApiException, HTTPError, OSError) as error:
        return why(error)
    return ""


def _keep(file: Path, left: Found) -> None:
    if left.entries:
        write(file, left.text)
    else:
        file.unlink(missing_ok=True)
