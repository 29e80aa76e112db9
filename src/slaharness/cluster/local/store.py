"""Image stores made once, from which every node starts: images unpacked, shared by reference, not copied.

A store is the folder of a containerd that imported the archives and was stopped. A node that starts from it
gets its own copy of the two small databases and links to the rest. What was loaded last is remembered, so the
next cluster has it from the beginning.
"""

import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from slaharness.cluster.local import containerd, processes
from slaharness.cluster.local.ctr import Images, references
from slaharness.cluster.local.layout import Layout
from slaharness.cluster.local.machine import Furniture, Machine, switch_on
from slaharness.host import cache
from slaharness.host.command import run
from slaharness.host.paths import CACHE
from slaharness.host.wait import until

FOLDER = CACHE / "stores"
REMEMBERED = "images.json"
#: Where a node sees its store.
INSIDE = "/run/store"
DATABASES = ("io.containerd.metadata.v1.bolt/meta.db", "io.containerd.snapshotter.v1.overlayfs/metadata.db")
SHARED = ("io.containerd.content.v1.content/blobs/sha256", "io.containerd.snapshotter.v1.overlayfs/snapshots")
#: Seconds for one containerd to start, to stop, and for a gigabyte of links.
STARTS_WITHIN, STOPS_WITHIN, LINKS_WITHIN = 90, 90, 300
EVERY = 0.05
#: Seconds after which a store that no node uses may go: a cluster that chose it has started by then.
UNUSED_FOR = 900


def remember(archives: Iterable[Path]) -> list[Path]:
    """Note what was loaded, the newest archive of each image; return all that is remembered."""
    kept = {_image(archive): archive for archive in (*remembered(), *archives)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    fresh = FOLDER / f".{REMEMBERED}.{os.getpid()}"
    fresh.write_text(json.dumps([str(archive) for archive in kept.values()]))
    fresh.replace(FOLDER / REMEMBERED)
    return list(kept.values())


def remembered() -> list[Path]:
    """What was loaded last and is still there."""
    try:
        known = json.loads((FOLDER / REMEMBERED).read_text())
    except (FileNotFoundError, ValueError):
        return []
    return [archive for archive in map(Path, known) if archive.exists()]


def _image(archive: Path) -> str:
    """Archives are called NAME-HASH.tar."""
    return archive.stem.rpartition("-")[0] or archive.stem


def ensure(layout: Layout, archives: Sequence[Path], pause: str) -> Path:
    """The store with these archives, made now if need be by a machine that belongs to the cluster."""
    names = sorted({archive.name for archive in archives})
    key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]
    made = cache.entry(FOLDER / key, lambda scratch: _make(layout, archives, pause, scratch, key))
    os.utime(made)
    return made


def furnish(store: Path, root: Path) -> None:
    """Lay the store's images into a containerd root that is empty yet."""
    for database in DATABASES:
        (root / database).parent.mkdir(parents=True)
        shutil.copyfile(store / database, root / database)
    for folder in SHARED:
        (root / folder).mkdir(parents=True)
        for entry in (store / folder).iterdir():
            (root / folder / entry.name).symlink_to(Path(INSIDE, folder, entry.name))


def _make(layout: Layout, archives: Sequence[Path], pause: str, scratch: Path, key: str) -> Path:
    root = scratch / "containerd"
    _copy_newest(root)
    containerd.write_config(root, pause)
    run_folder = layout.run / f"store-{key}"
    run_folder.mkdir(parents=True, exist_ok=True)
    own = Furniture(layout.run / f"store-{key}-root", binds={"/var/lib": scratch, "/run": run_folder})
    machine = switch_on(layout, f"store-{key}", own)
    try:
        _fill(machine, Images(run_folder / "containerd/containerd.sock"), archives)
    finally:
        processes.kill(processes.on(machine.cluster, machine.part))
    prune()
    return root


def _copy_newest(root: Path) -> None:
    """Begin with the newest store: most of its images are wanted again. Databases must not be shared."""
    stores = sorted(_stores(), key=lambda store: store.stat().st_mtime)
    if not stores:
        root.mkdir()
        return
    run(["cp", "--archive", "--link", stores[-1], root], purpose="copy the image store", within=LINKS_WITHIN)
    for database in DATABASES:
        (root / database).unlink()
        shutil.copyfile(stores[-1] / database, root / database)


def _fill(machine: Machine, images: Images, archives: Sequence[Path]) -> None:
    """Import what is missing, forget what is not wanted, and stop it in good order."""
    program = containerd.start(machine)
    until(
        lambda: program.running() and images.socket.exists(),
        within=STARTS_WITHIN,
        every=EVERY,
        what="the image store's containerd listens",
    )
    for archive in archives:
        images.load(archive)
    images.keep_only({name for archive in archives for name in references(archive)})
    os.kill(program.pid, signal.SIGTERM)
    until(
        lambda: not processes.alive(program.pid),
        within=STOPS_WITHIN,
        every=EVERY,
        what="the image store's containerd has stopped",
    )


def prune() -> None:
    """Remove stores that no node of any cluster uses any more."""
    for store in _stores():
        if store.stat().st_mtime < time.time() - UNUSED_FOR and not _used(store):
            shutil.rmtree(store, ignore_errors=True)


def _stores() -> list[Path]:
    return [entry for entry in FOLDER.iterdir() if entry.is_dir() and not entry.name.startswith(".")]


def _used(store: Path) -> bool:
    """Whether some process has the store mounted: the kernel knows, also of clusters we do not."""
    mark = f"/{FOLDER.name}/{store.name} {INSIDE} "
    for mounts in Path("/proc").glob("[0-9]*/mountinfo"):
        with suppress(*processes.GONE, OSError):
            if mark in mounts.read_text():
                return True
    return False
