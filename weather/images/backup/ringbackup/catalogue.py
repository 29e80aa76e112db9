"""Which backups the store holds, how one becomes one of them, and which go."""

from collections.abc import Callable
from dataclasses import replace

from ringbackup import manifest
from ringbackup.errors import Trouble
from ringbackup.store import BACKUPS, OBJECTS, WHOLE, Store


def finish(store: Store, backup: manifest.Backup) -> manifest.Backup:
    """See that all of a backup is in the store, then make it one; return it with its size.

    Raises Trouble when a node's manifest is not as was written, or lacks a table, or a file is missing.
    """
    contents = manifest.contents(manifest.check(backup, texts(store, backup.name)))
    there = store.sizes(OBJECTS)
    if lost := [digest for digest, size in contents.items() if there.get(OBJECTS + digest) != size]:
        raise Trouble(f"{len(lost)} of {len(contents)} files are not in the store, {OBJECTS}{lost[0]} is one")
    whole = replace(backup, bytes=sum(contents.values()), objects=len(contents))
    store.write(f"{BACKUPS}{backup.name}/{WHOLE}", manifest.text(whole))
    return whole


def texts(store: Store, name: str) -> dict[str, bytes]:
    """The nodes' manifests that the store has of a backup, by node."""
    prefix = f"{BACKUPS}{name}/nodes/"
    return {key.removeprefix(prefix): store.read(key) for key in store.sizes(prefix)}


def backups(store: Store) -> list[manifest.Backup]:
    """All that were finished, the oldest first."""
    keys = [key for key in store.sizes(BACKUPS) if key.endswith(f"/{WHOLE}")]
    return sorted((manifest.backup(store.read(key)) for key in keys), key=lambda one: one.finished)


def prune(store: Store, keep: int, say: Callable[[str], None]) -> None:
    """Keep the newest backups. What none of them needs goes: older ones, unfinished ones, their files.

    Manifests go before files, so that what is cut short leaves no backup that lacks any. Raises Trouble, with
    nothing gone, when one of those that stay cannot be read: what it needs cannot be told.
    """
    kept = backups(store)[-keep:]
    ours = tuple(f"{BACKUPS}{one.name}/" for one in kept)
    nodes = [node for one in kept for node in manifest.check(one, texts(store, one.name))]
    needed = {OBJECTS + digest for digest in manifest.contents(nodes)}
    old = [key for key in store.sizes(BACKUPS) if not key.startswith(ours)]
    unneeded = [key for key in store.sizes(OBJECTS) if key not in needed]
    store.forget(sorted(old, key=lambda key: not key.endswith(WHOLE)))
    store.forget(unneeded)
    say(f"kept {len(kept)} backups; {len(unneeded)} files that none of them needs are gone")
