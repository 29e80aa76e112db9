"""What was concluded from a record's files is bound to them: their digests, told when they were read."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from slaharness.errors import RecordTrouble
from slaharness.record.store import RecordStore

#: What the name of a digest among a measurement's evidence ends in, after the file's.
SHA256 = " sha256"
#: From these formats of records on, each stage that was read has its digests; the ledger's, too, where what
#: had to come follows from it; and so have all files that verdicts rest on.
STAGES, FOLLOWED, FILES = 2, 3, 3


def evidence(store: RecordStore) -> dict[str, str]:
    """Digests of the ledger and the read-back. Raises RecordTrouble when one of them is missing."""
    found = _digests(store.ledger, store.readback)
    return {f"{name}{SHA256}": digest for name, digest in found.items()}


def stage(store: RecordStore, name: str) -> dict[str, str]:
    """The same of what a later stage held, of what it is held against, and of what that follows from."""
    return _digests(*dict.fromkeys((store.stage(name), store.held_against(name), store.ledger)))


def files(store: RecordStore) -> dict[str, str]:
    """Of all that verdicts are made of anew when the record is judged, as far as it is there."""
    return _digests(*(one for one in (store.ledger, store.readback, store.scraped) if one.exists()))


def not_measured_from(store: RecordStore, told: Mapping[str, object], version: int) -> str:
    """Why a figure with this evidence is not of this record's ledger and read-back; "" when it is.

    Records of older days (``version`` 0) have no digests, and are believed.
    """
    if not any(name.endswith(SHA256) for name in told):
        return "it does not say from which ledger and read-back it was measured" if version else ""
    try:
        found = evidence(store)
    except RecordTrouble as error:
        return str(error)
    others = [name.removesuffix(SHA256) for name, digest in found.items() if told.get(name) != digest]
    return f"it was not measured from this record's {' and '.join(others)}" if others else ""


def changed(file: Path, told: Mapping[str, object]) -> str:
    """Why the ledger, or what was read back, is not the one with this evidence; "" when it is, or is gone."""
    known = told.get(f"{file.name}{SHA256}")
    if known is None or not file.exists() or _digest(file) == known:
        return ""
    return f"{file} is not what the run's figures were measured from"


def not_read_from(store: RecordStore, name: str, told: Mapping[str, str], version: int) -> str:
    """Why a stage's files are not those that the run kept; "" when they are, or it did not say.

    Raises RecordTrouble when one of them is missing.
    """
    if not told and version < STAGES:
        return ""
    found = stage(store, name)
    if version < FOLLOWED and store.ledger.name not in told:
        del found[store.ledger.name]
    others = sorted(file for file in {*found, *told} if told.get(file) != found.get(file))
    return f"not what was kept when {name} was read: {', '.join(others)}" if others else ""


def _digests(*files: Path) -> dict[str, str]:
    try:
        return {file.name: _digest(file) for file in files}
    except OSError as error:
        raise RecordTrouble(f"{error.filename}: the record is incomplete: {error.strerror}") from error


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
