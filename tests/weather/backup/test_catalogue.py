"""Which backups there are: none that is not whole, and no more than are kept."""

from dataclasses import replace

import pytest
from ringbackup import catalogue, manifest
from ringbackup.errors import Spoiled, Trouble
from ringbackup.manifest import Backup, File, Node, Table

TABLE = "weather.readings"


@pytest.fixture
def take(shelf):
    """Put a backup of one node on the shelf whose one table has the given contents."""

    def taken(name, *contents, at=1.0):
        files = []
        for content in contents:
            shelf.held[f"objects/{manifest.digest(content)}"] = content
            files.append(File(f"{content.decode()}.db", manifest.digest(content), len(content)))
        text = manifest.text(Node(name, "c-0", {TABLE: Table("CREATE TABLE x", tuple(files))}))
        shelf.write(f"backups/{name}/nodes/c-0", text)
        nodes = {"c-0": manifest.digest(text)}
        return Backup(name, at, at, {"weather": "x"}, (TABLE,), (TABLE,), nodes, uploaded=3)

    return taken


def objects(shelf):
    return sorted(value for key, value in shelf.held.items() if key.startswith("objects/"))


def test_a_finished_backup_says_how_much_it_is(shelf, take):
    done = catalogue.finish(shelf, take("one", b"abc", b"de"))
    assert (done.bytes, done.objects, done.uploaded) == (5, 2, 3)
    assert catalogue.backups(shelf) == [replace(done, tables=[TABLE], filled=[TABLE])]


def test_a_backup_that_skipped_a_table_never_becomes_one(shelf, take):
    """The ring had a table that no node's manifest speaks of."""
    backup = replace(take("one", b"abc"), tables=(TABLE, "weather.limits"))
    with pytest.raises(Spoiled, match=r"node c-0 lacks table weather\.limits"):
        catalogue.finish(shelf, backup)
    assert catalogue.backups(shelf) == []


def test_a_backup_whose_file_did_not_arrive_never_becomes_one(shelf, take):
    backup = take("one", b"abc", b"de")
    del shelf.held[f"objects/{manifest.digest(b'de')}"]
    with pytest.raises(Trouble, match=r"1 of 2 files are not in the store"):
        catalogue.finish(shelf, backup)
    assert catalogue.backups(shelf) == []


def test_the_oldest_go_with_what_only_they_needed(shelf, take):
    """Also what a backup left that never became one."""
    for at, name in enumerate(("one", "two", "three")):
        catalogue.finish(shelf, take(name, b"all", name.encode(), at=at))
    take("unfinished", b"unfinished")
    catalogue.prune(shelf, 2, lambda _: None)
    assert [one.name for one in catalogue.backups(shelf)] == ["two", "three"]
    assert objects(shelf) == [b"all", b"three", b"two"]
    assert not [key for key in shelf.held if "unfinished" in key or "/one/" in key]


def test_nothing_goes_while_it_cannot_be_told_what_is_needed(shelf, take):
    """A kept backup lost a node's manifest: its files must not look unneeded."""
    catalogue.finish(shelf, take("one", b"one"))
    catalogue.finish(shelf, take("two", b"two", at=2.0))
    del shelf.held["backups/one/nodes/c-0"]
    with pytest.raises(Spoiled, match="c-0 is missing"):
        catalogue.prune(shelf, 2, lambda _: None)
    assert objects(shelf) == [b"one", b"two"]
