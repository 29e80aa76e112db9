"""Put back what dead harnesses left, by their journals: at the start of a run, and by ``slaharness heal``."""

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from slaharness.cluster.api import Api
from slaharness.errors import ClusterTrouble, HarnessError, RecordTrouble
from slaharness.host import paths
from slaharness.host.wait import until
from slaharness.undo.journal import (
    KEY,
    LABEL,
    NAMESPACE,
    OBJECTS,
    Entry,
    Found,
    folder,
    parse,
    writable,
    write,
)

#: Undoes one kind of entry by its ``args``. Called again after a failure, and for what never happened.
Handler = Callable[[Mapping[str, Any]], object]
#: Seconds that one ``heal`` waits for another one to end.
PATIENCE = 120.0


@dataclass(frozen=True)
class Healed:
    """One thing put back, or, with a ``problem``, one that could not be."""

    run: str
    what: str
    problem: str = ""


def heal(handlers: Mapping[str, Handler], api: Api | None = None) -> list[Healed]:
    """Undo all entries of journals whose process is gone, newest first; return what was done.

    Runs under way are left alone, and so are those of other machines. With ``api``, copies in that cluster
    whose file is lost are healed as well. An entry that cannot be undone now stays for the next time.
    """
    known = {OBJECTS: delete_objects, **handlers}
    with _alone():
        return [*_all_from_disk(known), *(_from_cluster(known, api) if api else ())]


def there(kubeconfig: Path) -> bool:
    """Whether the cluster may be reached; one of this machine whose kubeconfig is gone went with it.

    Raises ClusterTrouble for another one: what was done to it is still there.
    """
    if not kubeconfig.exists() and paths.STATE not in kubeconfig.parents:
        raise ClusterTrouble(
            f"{kubeconfig} is gone, and its cluster may not be: put it back, then heal again"
        )
    return kubeconfig.exists()


def delete_objects(args: Mapping[str, Any]) -> None:
    """Undo an ``objects`` entry."""
    for file in args.get("files", ()):
        Path(file).unlink(missing_ok=True)
    if there(kubeconfig := Path(args["kubeconfig"])):
        api = Api(kubeconfig, args["context"])
        api.delete(args["objects"])
        until(lambda: not api.there(args["objects"]), within=PATIENCE, what="what a killed run left is gone")


@contextmanager
def _alone() -> Iterator[None]:
    """Let no two processes heal at once: removing a cluster twice at the same time does harm."""
    with writable(folder()):
        lock = (folder() / "lock").open("w")
    with lock:
        until(lambda: _locked(lock), within=PATIENCE, what="another `slaharness heal` has ended")
        yield


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _all_from_disk(handlers: Mapping[str, Handler]) -> list[Healed]:
    """Go over the journals again after a failure: another one may have taken the cluster itself away since.

    Else what is left would be replayed one day on the next cluster of that name.
    """
    first = list(_from_disk(handlers))
    again = list(_from_disk(handlers)) if any(one.problem for one in first) else []
    tried = {(one.run, one.what) for one in again}
    return [*(one for one in first if not one.problem or (one.run, one.what) not in tried), *again]


def _from_disk(handlers: Mapping[str, Handler]) -> Iterator[Healed]:
    for file in sorted(folder().glob("*.json")):
        try:
            found = parse(file.read_text(), str(file))
        except FileNotFoundError:  # its run ended well just now
            continue
        except RecordTrouble as error:
            aside = file.replace(file.with_suffix(".broken"))
            yield Healed(file.stem, "undo journal", f"{error}; kept as {aside}")
            continue
        if not found.owner.here:
            yield _elsewhere(found)
        elif not found.owner.lives:
            yield from _replay(found, handlers, partial(_keep, file))


def _from_cluster(handlers: Mapping[str, Handler], api: Api) -> Iterator[Healed]:
    """Heal from copies. Those with a file on this machine were seen to already, or are of a living run."""
    copies: Any = api.core.list_namespaced_config_map(NAMESPACE, label_selector=LABEL)
    for copy in copies.items:
        name: str = copy.metadata.name
        try:
            found = parse((copy.data or {}).get(KEY, ""), f"configmap {NAMESPACE}/{name}")
        except RecordTrouble as error:
            yield Healed(name, "copy of the undo journal", f"{error}; delete it by hand")
            continue
        if not found.owner.here:
            yield _elsewhere(found)
        elif not found.owner.lives and not (folder() / f"{found.run}.json").exists():
            yield from _replay(found, handlers, lambda _left: None)
            api.core.delete_namespaced_config_map(name, NAMESPACE)


def _elsewhere(found: Found) -> Healed:
    return Healed(
        found.run, "undo journal", f"left alone: `slaharness heal` on machine {found.owner.machine}"
    )


def _replay(found: Found, handlers: Mapping[str, Handler], keep: Callable[[Found], None]) -> Iterator[Healed]:
    """Undo from newest to oldest; what fails is tried once more after the rest (its cluster may be gone)."""
    left = list(found.entries)
    for last in (False, True):
        for entry in left[::-1]:
            problem = _undo(entry, handlers)
            if not problem:
                left.remove(entry)
                keep(replace(found, entries=tuple(left)))
            if last or not problem:
                yield Healed(found.run, entry.what, problem)
    keep(replace(found, entries=tuple(left)))


def _undo(entry: Entry, handlers: Mapping[str, Handler]) -> str:
    """Undo one entry, and return why not if it could not be."""
    handler = handlers.get(entry.kind)
    if handler is None:
        return f"this version cannot undo {entry.kind!r}"
    try:
        handler(entry.args)
    except (HarnessError, ApiException, HTTPError, OSError) as error:
        return " ".join(str(error).split())
    return ""


def _keep(file: Path, left: Found) -> None:
    if left.entries:
        write(file, left.text)
    else:
        file.unlink(missing_ok=True)
