"""An agent and whoever asks it, over real HTTP: one backup at a time, and an end that is never in doubt."""

import threading
from http.server import ThreadingHTTPServer

import pytest
from ringbackup import agent, manifest, snapshot, take
from ringbackup.errors import Trouble
from ringbackup.settings import Settings

from slaharness.host.wait import until

TABLES = {"weather.readings": "id"}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """What Cassandra's snapshot holds."""
    data = tmp_path / "da-1-bti-Data.db"
    data.write_bytes(b"rows")
    held = {"weather.readings": ("CREATE TABLE x", [data])}
    monkeypatch.setattr(snapshot, "take", lambda _tag, _keyspaces: None)
    monkeypatch.setattr(snapshot, "tables", lambda _data, _tag, _ids: held)
    return held


@pytest.fixture
def busy():
    return threading.Lock()


@pytest.fixture
def address(shelf, tmp_path, monkeypatch, busy):
    settings = Settings(
        ring="", store="", bucket="", keep=3, data=tmp_path, work=tmp_path, name="c-0", backup="", read=""
    )
    attributes = {"settings": settings, "store": shelf, "digests": {}, "busy": busy}
    handler = type("Handler", (agent.Handler,), {**attributes, "log_message": lambda *_: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setattr(take, "PORT", server.server_port)
    yield "127.0.0.1"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(address, name, said=None):
    with take.Session(address) as session:
        return session.back_up(name, TABLES, (said if said is not None else []).append)


def uploaded(address, busy):
    """Bytes, once the agent has noticed that the last caller hung up."""
    until(lambda: not busy.locked(), within=10, what="the agent is free")
    return ask(address, "again")[1]["uploaded"]


def test_a_nodes_files_and_its_manifest_come_to_the_store(files, address, shelf):
    node, word = ask(address, "one")
    assert node == "c-0"
    text = shelf.held["backups/one/nodes/c-0"]
    assert word == {"digest": manifest.digest(text), "uploaded": 4}
    (file,) = manifest.node(text).files()
    assert shelf.held[f"objects/{file.digest}"] == b"rows"


def test_what_the_store_has_is_not_sent_again(files, address, busy):
    """SSTables never change: the second backup uploads what is new."""
    assert uploaded(address, busy) == 4
    new = files["weather.readings"][1][0].with_name("da-2-bti-Data.db")
    new.write_bytes(b"more")
    files["weather.readings"][1].append(new)
    assert uploaded(address, busy) == 4
    assert uploaded(address, busy) == 0


def test_a_failure_is_told_with_the_nodes_name(files, address, shelf, monkeypatch):
    def refused(*_):
        raise Trouble("the object store was asked to keep it and refused: InvalidAccessKeyId: expired")

    monkeypatch.setattr(shelf, "keep", refused)
    with pytest.raises(Trouble, match=r"c-0: the object store .* InvalidAccessKeyId: expired"):
        ask(address, "one")
    assert "backups/one/nodes/c-0" not in shelf.held


def test_one_backup_at_a_time_until_the_caller_hangs_up(files, address, busy):
    """What is kept is judged while the first caller still holds the node."""
    with take.Session(address) as first:
        first.back_up("one", TABLES, lambda _: None)
        with pytest.raises(Trouble, match="another backup is under way"):
            ask(address, "two")
    assert uploaded(address, busy) == 0


def test_an_agent_that_breaks_off_is_a_failure(files, address, monkeypatch):
    """A killed pod ends the connection in the middle of the answer."""

    def killed(*_):
        raise ConnectionResetError

    monkeypatch.setattr(agent.Work, "run", lambda *_: None)
    monkeypatch.setattr(agent.Handler, "_tell", killed)
    with pytest.raises(Trouble, match="ended without a word"):
        ask(address, "one")


def test_nobody_there_is_a_failure(monkeypatch):
    monkeypatch.setattr(take, "PORT", 1)
    with pytest.raises(Trouble, match="its agent broke off"):
        ask("127.0.0.1", "one")


def test_a_table_without_a_snapshot_is_a_failure(tmp_path):
    """Cassandra makes one of empty tables as well: none at all means that it was left out."""
    with pytest.raises(Trouble, match=r"weather\.readings is not in the snapshot"):
        snapshot.tables(tmp_path, "tag", {"weather.readings": "c9ea-5da0"})
