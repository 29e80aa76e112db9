"""What is restored is what was backed up, and a restore that is not one never says that it is."""

import http.client
import io
from dataclasses import replace
from pathlib import Path

import pytest
from ringbackup import catalogue, database, loader, manifest, restore
from ringbackup.errors import Spoiled, Trouble
from ringbackup.manifest import Backup, File, Node, Table
from ringbackup.settings import Settings

TABLE = "weather.readings"


class Ring:
    """A ring that does as it is told, or not: what it was asked, in order."""

    def __init__(self):
        self.asked, self.scratches, self.there, self.rows = [], [], {}, True

    def empty(self, keyspaces):
        self.asked.append(f"empty {', '.join(keyspaces)}")

    def make(self, keyspaces, tables):
        self.asked.append("make")
        self.there = self.there or {TABLE: "id"}

    def members(self):
        return ["198.18.0.1"]

    def tables(self):
        return self.there

    def holds(self, _table):
        return self.rows

    def known_as(self, role):
        self.role = role
        return self

    def grant(self, texts):
        self.asked += [f"grant {text}" for text in texts]

    def load(self, folder, _addresses, login, scratch):
        assert login == ("restore", "its own")
        self.asked.append(f"load {folder.name}")
        self.scratches.append(scratch)


@pytest.fixture
def ring(monkeypatch):
    found = Ring()
    monkeypatch.setattr(database, "whole", lambda _service, role: found.known_as(role))
    monkeypatch.setattr(loader, "load", found.load)
    monkeypatch.setenv("ROLE_restore", "its own")
    return found


@pytest.fixture
def settings(shelf, monkeypatch, tmp_path):
    monkeypatch.setattr(restore.Store, "open", lambda _settings: shelf)
    return Settings(
        ring="c", store="", bucket="", keep=3, data=Path(), work=tmp_path, name="r-1", backup="", read=""
    )


@pytest.fixture
def backup(shelf):
    """One backup of two nodes, who have different files of the same name."""
    texts = {}
    for node, content in (("c-0", b"abc"), ("c-1", b"xyz")):
        file = File("da-1-bti-Data.db", manifest.digest(content), 3)
        shelf.held[f"objects/{file.digest}"] = content
        texts[node] = manifest.text(Node("one", node, {TABLE: Table("CREATE TABLE x", (file,))}))
        shelf.write(f"backups/one/nodes/{node}", texts[node])
    digests = {node: manifest.digest(text) for node, text in texts.items()}
    return catalogue.finish(
        shelf, Backup("one", 1.0, 2.0, {"weather": "x"}, (TABLE,), (TABLE,), digests, uploaded=0)
    )


def quiet(_):
    pass


def test_every_nodes_files_are_loaded_into_tables_made_anew(settings, ring, backup, shelf, tmp_path):
    told = restore.restore(settings, quiet)
    assert ring.asked == ["empty weather", "make", "load readings", "load readings"]
    assert len(set(ring.scratches)) == 2, "loaders at work at the same time have a folder each"
    files = sorted(path.read_bytes() for path in tmp_path.rglob("*.db"))
    assert files == [b"abc", b"xyz"]
    assert told["tables"] == [TABLE]
    assert "read" not in told
    assert not [key for key in shelf.held if key.startswith("restores/")]


def test_rights_that_went_with_the_tables_come_back_with_them(settings, ring, backup, tmp_path):
    """Before anything is loaded: whoever writes meanwhile is let in."""
    (file := tmp_path / "grants.cql").write_text("GRANT …")
    restore.restore(replace(settings, grants=(file,)), quiet)
    assert ring.asked[:4] == ["empty weather", "make", "grant GRANT …", "load readings"]
    assert ring.role == "restore"


def test_a_corrupted_file_is_found_before_the_database_is_touched(settings, ring, backup, shelf):
    """One bit in the store: the file is named, and what the database holds stays."""
    shelf.held[f"objects/{manifest.digest(b'abc')}"] = b"abd"
    with pytest.raises(Spoiled, match=r"da-1-bti-Data\.db: the store returned other content"):
        restore.restore(settings, quiet)
    assert ring.asked == []


def test_a_missing_node_is_found_before_the_database_is_touched(settings, ring, backup, shelf):
    del shelf.held["backups/one/nodes/c-1"]
    with pytest.raises(Spoiled, match="c-1 is missing"):
        restore.restore(settings, quiet)
    assert ring.asked == []


@pytest.mark.parametrize("step", [(loader, "load"), (restore, "_read")])
@pytest.mark.usefixtures("backup")
def test_a_second_try_keeps_what_users_wrote_since_the_first(settings, ring, monkeypatch, step):
    """The first failed while loading, or at the users' first read: the tables were there again for them."""
    settings = replace(settings, read="http://readings/export")

    def broken(*_):
        raise Trouble("it died")

    with monkeypatch.context() as once:
        once.setattr(*step, broken)
        with pytest.raises(Trouble, match="it died"):
            restore.restore(settings, quiet)
    monkeypatch.setattr(restore, "_read", lambda *_: 1.0)
    restore.restore(settings, quiet)
    assert ring.asked.count("empty weather") == 1


def test_a_missing_keyspace_is_never_done(settings, ring, backup):
    ring.there = {"other.table": "id"}
    with pytest.raises(Trouble, match=r"the ring lacks weather\.readings"):
        restore.restore(settings, quiet)


def test_a_table_that_held_rows_and_is_empty_is_never_done(settings, ring, backup):
    ring.rows = False
    with pytest.raises(Trouble, match=r"nothing in weather\.readings"):
        restore.restore(settings, quiet)


def test_without_a_finished_backup_there_is_nothing_to_restore(settings, ring, backup, shelf):
    del shelf.held["backups/one/backup.json"]
    with pytest.raises(Spoiled, match="no finished backup"):
        restore.restore(settings, quiet)


def test_users_read_again_once_they_are_given_rows(settings, ring, backup, monkeypatch):
    """Not before, and not only when they have been given all there is."""
    broken = [OSError("nobody answers"), http.client.IncompleteRead(b"broken off")]
    header = b"station,at,id,temperature\n"
    texts = (b"", header, header + b"# end,0\n", header + b"run-01,1000,a,12.5\nmore")
    given = iter([*broken, *map(io.BytesIO, texts)])

    def answer(url, timeout):
        assert url == "http://readings/export"
        last.append(next(given))
        if isinstance(last[-1], Exception):
            raise last[-1]
        return last[-1]

    last = []
    monkeypatch.setattr(restore.urllib.request, "urlopen", answer)
    told = restore.restore(replace(settings, read="http://readings/export"), quiet)
    assert (len(last), told["read"] >= told["loaded"]) == (6, True)
