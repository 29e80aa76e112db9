"""Image stores: what nodes start with, and what is remembered for the next cluster."""

import io
import json
import os
import tarfile
import time

import pytest

from slaharness.cluster.local import store
from slaharness.cluster.local.ctr import REFERENCE, references
from slaharness.errors import BadInput


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "FOLDER", tmp_path / "stores")


def _archive(path, index):
    with tarfile.open(path, "w") as tar:
        content = json.dumps(index).encode()
        entry = tarfile.TarInfo("index.json")
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return path


def test_a_node_shares_the_images_but_not_the_databases(tmp_path):
    """Nodes cost no disk for images, and none can change what another sees."""
    made, root = tmp_path / "made", tmp_path / "root"
    for folder in store.SHARED:
        (made / folder / "x").mkdir(parents=True)
    for database in store.DATABASES:
        (made / database).parent.mkdir(parents=True, exist_ok=True)
        (made / database).write_text("db")
    store.furnish(made, root)
    assert all((root / database).read_text() == "db" for database in store.DATABASES)
    assert not any((root / database).is_symlink() for database in store.DATABASES)
    assert [str((root / folder / "x").readlink()) for folder in store.SHARED] == [
        f"{store.INSIDE}/{folder}/x" for folder in store.SHARED
    ]


def test_the_newest_archive_of_each_image_is_remembered(tmp_path):
    """The next cluster starts with what was loaded last, and not with all that ever was."""
    archives = [tmp_path / name for name in ("api-111.tar", "edge-222.tar", "api-333.tar")]
    for archive in archives:
        archive.touch()
    store.remember(archives[:2])
    store.remember(archives[2:])
    assert store.remembered() == [archives[2], archives[1]]


def test_what_left_the_cache_is_forgotten(tmp_path):
    """A cache that was emptied does not stop the next cluster."""
    store.remember([tmp_path / "api-111.tar"])
    assert store.remembered() == []


def test_stores_that_nobody_uses_go(tmp_path):
    """An old store is removed; one that was chosen lately may be about to be used and stays."""
    for name, age in (("old", 2 * store.UNUSED_FOR), ("new", 0)):
        (store.FOLDER / name).mkdir(parents=True)
        os.utime(store.FOLDER / name, (time.time() - age,) * 2)
    store.prune()
    assert [entry.name for entry in store._stores()] == ["new"]


def test_an_archive_says_which_images_it_holds(tmp_path):
    """So an image that a node has already is not imported again."""
    index = {"manifests": [{"annotations": {REFERENCE: "localhost/slaharness/api:1"}}, {}]}
    assert references(_archive(tmp_path / "a.tar", index)) == {"localhost/slaharness/api:1"}


def test_a_file_that_is_no_archive_is_named(tmp_path):
    """The error names the file and what is wrong with it."""
    (tmp_path / "a.tar").write_text("no")
    with pytest.raises(BadInput, match=r"a\.tar: not an OCI archive"):
        references(tmp_path / "a.tar")
    with pytest.raises(BadInput, match=r"b\.tar: names no image"):
        references(_archive(tmp_path / "b.tar", {"manifests": []}))
