"""A watch on the stack hears what changes, and says when it no longer does."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from slaharness.cluster.api import Api
from slaharness.events import CLOCKS_APART, POD_GONE, POD_NOT_READY, WATCH_ENDED
from slaharness.host.wait import until
from slaharness.stack.watch.watched import watched

SPACES = ("application",)


def pod(version, namespace="application"):
    return {
        "metadata": {"name": "web-0", "namespace": namespace, "uid": "u1", "resourceVersion": version},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }


def change(kind, body):
    return json.dumps({"type": kind, "object": body}).encode() + b"\n"


class Server(ThreadingHTTPServer):
    """Lists one pod; ``lines`` are what each watch on pods is told in turn, ``asked`` from when each was."""

    daemon_threads = True

    def __init__(self, lines):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lines, self.asked, self.over = list(lines), [], threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.send_response(200)
        self.end_headers()
        pods = url.path.endswith("/pods")
        if "watch" not in query:
            there = [pod("5"), pod("6", "elsewhere")] if pods else []
            self.wfile.write(json.dumps({"metadata": {"resourceVersion": "10"}, "items": there}).encode())
        elif pods and self.server.lines:
            self.server.asked.append(query["resourceVersion"])
            self.wfile.write(self.server.lines.pop(0))
        else:
            self.server.over.wait(5)

    def log_message(self, *_):
        pass


@pytest.fixture
def heard(tmp_path):
    """Watch a server of these lines until enough was seen; return the events, and from when was asked."""

    def watch(*lines, enough):
        server = Server(lines)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(yaml.safe_dump({
            "current-context": "fake", "clusters": [{"name": "fake", "cluster": {"server": host}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
            "users": [{"name": "fake", "user": {"token": "t"}}],
        }))  # fmt: skip
        try:
            with watched(Api(kubeconfig, "fake"), SPACES) as seen:
                until(lambda: len(seen) >= enough, within=10, what="it was heard")
        finally:
            server.over.set()
            server.shutdown()
            server.server_close()
        return [(one.name, one.detail) for one in seen], server.asked

    return watch


def test_what_changes_is_heard_with_its_name(heard):
    """Of the stack's own namespaces alone; what was there before is no news."""
    began = time.time()
    events, _ = heard(change("DELETED", pod("11", "elsewhere")) + change("DELETED", pod("12")), enough=2)
    assert events == [(POD_NOT_READY, "application/web-0"), (POD_GONE, "application/web-0")]
    assert time.time() - began < 8  # its end waits for nobody


def test_a_line_that_was_cut_is_taken_up_where_it_was(heard):
    """Half a change, an answer that ended: nothing that happened meanwhile is missed."""
    bookmark = change("BOOKMARK", {"metadata": {"resourceVersion": "11"}})
    events, asked = heard(bookmark + b'{"type": "MODIFIED", "obj', change("DELETED", pod("12")), enough=2)
    assert [name for name, _ in events] == [POD_NOT_READY, POD_GONE]
    assert asked == ["10", "11"]


def test_a_watch_that_can_no_longer_be_is_an_event(heard):
    """The API has forgotten what happened since: nobody saw it."""
    gone = change("ERROR", {"code": 410, "message": "too old resource version"})
    ((name, detail),), _ = heard(gone, enough=1)
    assert name == WATCH_ENDED
    assert detail.startswith("pods: ")


def test_an_api_server_of_another_time_is_told_when_it_begins_and_when_it_ends(monkeypatch):
    """Between the two its clock may have been set."""
    told = iter(["", "the API server's clock is 9.0 s behind the harness's"])
    monkeypatch.setattr("slaharness.stack.watch.watched.clock.apart", lambda _: next(told))
    monkeypatch.setattr("slaharness.stack.watch.watched._watches", lambda *_: iter([_Nothing()]))
    with watched(None, SPACES) as seen:
        assert seen == []
    assert [(one.name, one.detail[:20]) for one in seen] == [(CLOCKS_APART, "the API server's clo")]


class _Nothing:
    """A watch on nothing."""

    known, answer = {}, None

    def begin(self): ...

    def listen(self, *_): ...
