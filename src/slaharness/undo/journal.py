"""What must be put back, written down before it is done, so that a killed harness can be cleaned up after.

A run opens one journal and names each effect in it before causing it; undone, the entry is struck.
What is left in the journals of dead processes is put back by ``heal``.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from slaharness.errors import ClusterTrouble, HostTrouble, RecordTrouble
from slaharness.host import interrupt, paths
from slaharness.host.lock import holding
from slaharness.undo.owner import Owner, me, parsed

if TYPE_CHECKING:
    from slaharness.cluster.provider import ClusterInfo

T = TypeVar("T")
Manifest = Mapping[str, Any]

#: The kind of entry that ``objects`` makes and ``heal`` knows by itself.
OBJECTS = "objects"


@dataclass(frozen=True)
class Entry:
    """One effect as data: what it is (for people), who undoes it (``kind``), and with which JSON ``args``."""

    what: str
    kind: str
    args: Mapping[str, Any]


def objects(
    what: str, cluster: "ClusterInfo", manifests: Sequence[Manifest], files: Sequence[Path] = ()
) -> Entry:
    """Entry for objects to delete from a cluster, and files to delete with them."""
    names = [
        {
            "apiVersion": one["apiVersion"],
            "kind": one["kind"],
            "metadata": {
                key: one["metadata"][key] for key in ("name", "namespace") if key in one["metadata"]
            },
        }
        for one in manifests
    ]
    where = {"kubeconfig": str(cluster.kubeconfig), "context": cluster.context, "uid": cluster.uid}
    return Entry(what, OBJECTS, {**where, "objects": names, "files": [str(file) for file in files]})


def folder() -> Path:
    """Where the journals are, one file a run. Raises HostTrouble when others may write there."""
    return paths.private(paths.STATE / "undo")


def lock(where: Path, run: str) -> Path:
    """What the process of a run holds for as long as it lives."""
    return where / f"{run}.lock"


class Journal:
    """The effects of one run that are not undone yet, on disk."""

    def __init__(self, run: str) -> None:
        self.run, self.owner = run, me()
        self.entries: list[Entry] = []
        self.file = folder() / f"{run}.json"

    @overload
    def effect(self, entry: Entry) -> AbstractContextManager[None]: ...

    @overload
    def effect(self, entry: Entry, doing: AbstractContextManager[T]) -> AbstractContextManager[T]: ...

    def effect(
        self, entry: Entry, doing: AbstractContextManager[Any] | None = None
    ) -> AbstractContextManager[Any]:
        """Write ``entry`` down, then cause the effect; strike the entry when the effect has been undone.

        ``doing`` makes the effect and undoes it when left: unless its own undoing fails, the entry goes,
        whatever the body raised. Without ``doing`` the body does both, and an error in it keeps the entry,
        since nobody can tell how far it came.
        """
        return self._doing(entry, doing) if doing else self._body(entry)

    @contextmanager
    def _doing(self, entry: Entry, doing: AbstractContextManager[T]) -> Iterator[T]:
        """Once made, an effect is undone to the end, whoever presses Ctrl-C meanwhile."""
        self._add(entry)
        with ExitStack() as effect:
            made = effect.enter_context(doing)
            try:
                yield made
            except BaseException as error:
                with interrupt.finishing():
                    self._undone(entry, effect.pop_all(), error)
                raise
            with interrupt.finishing():
                effect.close()
                self._strike(entry)

    def _undone(self, entry: Entry, effect: ExitStack, error: BaseException) -> None:
        """Undo what a body left with ``error``; the entry goes, unless undoing fails by itself."""
        try:
            effect.__exit__(type(error), error, error.__traceback__)
        except BaseException as other:
            if other is error:
                self._strike(entry)
            raise
        self._strike(entry)

    @contextmanager
    def _body(self, entry: Entry) -> Iterator[None]:
        self._add(entry)
        yield
        self._strike(entry)

    def _add(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.write()

    def _strike(self, entry: Entry) -> None:
        self.entries.remove(entry)
        self.write()

    def write(self) -> None:
        """Put all that is not undone on the disk."""
        write(self.file, Found(self.run, self.owner, tuple(self.entries)).text)


@contextmanager
def journal(run: str) -> Iterator[Journal]:
    """Journal of run ``run`` (letters, digits, hyphens); what is not undone at the end stays on disk.

    Its lock is held meanwhile, by which ``heal`` knows that its owner lives. Raises ClusterTrouble when
    another run has it.
    """
    with holding(lock(folder(), run)) as ours:
        if not ours:
            raise ClusterTrouble(f"run {run} is under way in another process")
        opened = Journal(run)
        opened.write()
        try:
            yield opened
        finally:
            if not opened.entries:
                opened.file.unlink(missing_ok=True)


@dataclass(frozen=True)
class Found:
    """A journal as read back."""

    run: str
    owner: Owner
    entries: tuple[Entry, ...]

    @property
    def text(self) -> str:
        return json.dumps(asdict(self), indent=1)


def parse(text: str, where: str) -> Found:
    """Read a journal. Raises RecordTrouble when it is cut short or not one."""
    try:
        data = json.loads(text)
        entries = tuple(Entry(**entry) for entry in data["entries"])
        return Found(data["run"], parsed(data["owner"]), entries)
    except (ValueError, KeyError, TypeError) as error:
        raise RecordTrouble(f"undo journal {where} cannot be read: {error}") from error


def write(file: Path, text: str) -> None:
    """Put ``text`` on the disk for good: all of it or, if the machine stops now, what was there before.

    Raises HostTrouble when the disk takes nothing.
    """
    try:
        new = paths.private(file.parent) / f"{file.stem}.new"
        with new.open("w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
        handle = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise HostTrouble(
            f"{file} cannot be written: {error.strerror}; point SLAHARNESS_STATE at a folder that can"
        ) from error
