"""What must be put back, written down before it is done, so that a killed harness can be cleaned up after.

A run opens one journal and names each effect in it before causing it; undone, the entry is struck.
What is left in the journals of dead processes is put back by ``heal``.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from slaharness.errors import ClusterTrouble, HostTrouble, RecordTrouble
from slaharness.host import paths
from slaharness.undo.owner import Owner, me

if TYPE_CHECKING:
    from slaharness.cluster.api import Api
    from slaharness.cluster.provider import ClusterInfo

T = TypeVar("T")
Manifest = Mapping[str, Any]

#: Where the copies live, and what they are found by.
NAMESPACE = "load"
LABEL = "slaharness.dev/undo"
KEY = "journal.json"
#: The kind of entry that ``objects`` makes and ``heal`` knows by itself.
OBJECTS = "objects"
NOT_FOUND = 404


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
    where = {"kubeconfig": str(cluster.kubeconfig), "context": cluster.context}
    return Entry(what, OBJECTS, {**where, "objects": names, "files": [str(file) for file in files]})


def folder() -> Path:
    """Where the journals are, one file a run."""
    return paths.STATE / "undo"


class Journal:
    """The effects of one run that are not undone yet, on disk and, once ``mirrored``, in the cluster."""

    def __init__(self, run: str) -> None:
        self.run, self.owner = run, me()
        self.entries: list[Entry] = []
        self.file = folder() / f"{run}.json"
        self._api: Api | None = None

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
    def mirrored(self, cluster: "ClusterInfo") -> Iterator[None]:
        """Keep a copy in the cluster while the body runs, for whoever has lost this machine's disk."""
        entry = objects("copy of the undo journal", cluster, [self._copy()])
        with self.effect(entry, self._copying(cluster.api())):
            yield

    @contextmanager
    def _copying(self, api: "Api") -> Iterator[None]:
        self._api = api
        try:
            self._write()
            yield
        finally:
            self._api = None
            with _in_words():
                api.delete([self._copy()])

    @contextmanager
    def _doing(self, entry: Entry, doing: AbstractContextManager[T]) -> Iterator[T]:
        self._add(entry)
        thrown: list[BaseException] = []
        try:
            with doing as made:
                try:
                    yield made
                except BaseException as error:
                    thrown.append(error)
                    raise
        except BaseException as error:
            if error in thrown:  # the body's own: the effect's undoing went through
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
        try:
            self._write()
        except ClusterTrouble:  # no effect without its copy
            self.entries.remove(entry)
            write(self.file, self._text())
            raise

    def _strike(self, entry: Entry) -> None:
        self.entries.remove(entry)
        with suppress(ClusterTrouble):  # a copy that says too much is replayed once too often: no harm
            self._write()

    def _write(self) -> None:
        write(self.file, self._text())
        if self._api:
            with _in_words():
                _store(self._api, self._copy())

    def _text(self) -> str:
        return Found(self.run, self.owner, tuple(self.entries)).text

    def _copy(self) -> dict[str, Any]:
        meta = {
            "name": f"slaharness-undo-{self.run.lower()}",
            "namespace": NAMESPACE,
            "labels": {LABEL: "journal"},
        }
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {KEY: self._text()}}


@contextmanager
def journal(run: str) -> Iterator[Journal]:
    """Journal of run ``run`` (letters, digits, hyphens); what is not undone at the end stays on disk."""
    opened = Journal(run)
    opened._write()  # noqa: SLF001 - the same noun
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
        return Found(data["run"], Owner(**data["owner"]), entries)
    except (ValueError, KeyError, TypeError) as error:
        raise RecordTrouble(f"undo journal {where} cannot be read: {error}") from error


def write(file: Path, text: str) -> None:
    """Put ``text`` on the disk for good: all of it or, if the machine stops now, what was there before.

    Raises HostTrouble when the disk takes nothing.
    """
    with writable(file.parent):
        new = file.with_suffix(".new")
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


@contextmanager
def writable(where: Path) -> Iterator[None]:
    """Make the folder for the body, and say what to do when it cannot be written."""
    try:
        where.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise HostTrouble(
            f"{where} cannot be written: {error.strerror}; point SLAHARNESS_STATE at a folder that can"
        ) from error


def _store(api: "Api", copy: Any) -> None:
    name = copy["metadata"]["name"]
    try:
        api.core.replace_namespaced_config_map(name, NAMESPACE, copy)
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
        api.core.create_namespaced_config_map(NAMESPACE, copy)


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except (ApiException, HTTPError) as error:
        raise ClusterTrouble(
            f"namespace {NAMESPACE} takes no copy of the undo journal: {error}; `slaharness heal` later"
        ) from error
