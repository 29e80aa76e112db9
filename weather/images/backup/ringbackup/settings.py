"""What the environment says, with the defaults that hold in the cluster."""

import os
from dataclasses import dataclass
from pathlib import Path

#: Where an agent listens, beside its node.
PORT = 8779


@dataclass(frozen=True)
class Settings:
    """``ring`` names the headless Service of the nodes; ``keep`` is how many backups are kept.

    ``grants`` are files of statements that say who may do what with the tables.
    """

    ring: str
    store: str
    bucket: str
    keep: int
    data: Path
    work: Path
    name: str
    backup: str
    read: str
    grants: tuple[Path, ...] = ()


def from_environment() -> Settings:
    """``NAME`` is this pod's or Job's, ``BACKUP`` what to restore ("": the latest), ``READ`` a URL to see."""
    ask = os.environ.get
    return Settings(
        ring=ask("RING", "cassandra"),
        store=ask("STORE", "http://objectstore.objectstore:7070"),
        bucket=ask("BUCKET", "backups"),
        keep=int(ask("KEEP", "3")),
        data=Path(ask("DATA", "/var/lib/cassandra")) / "data",
        work=Path(ask("WORK", "/work")),
        name=ask("NAME", "by-hand"),
        backup=ask("BACKUP", ""),
        read=ask("READ", ""),
        grants=tuple(map(Path, ask("GRANTS", "").split())),
    )
