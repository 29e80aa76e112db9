"""Orders through the API server's proxy, put to a real HTTP server on loopback in its place."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kubernetes import client

from slaharness.scaling import ordering
from slaharness.scaling.ordering import Orders
from slaharness.scaling.watching import Watching
from slaharness.slo import stamps

PATH = "/api/v1/namespaces/application/services/edge:80/proxy/stations/x/announcements"


class Office:
    """Takes orders and lists them as done, except for as long as it ``forgets``, ``refuses`` or ``errs``."""

    def __init__(self):
        self.taken, self.forgets, self.refuses, self.errs = [], False, False, False

    def post(self, path, body):
        assert path == PATH
        if self.refuses:
            return 503, {"reason": "no"}
        self.taken.append(body)
        return 202, {"id": body["id"]}

    def get(self, path):
        assert path == PATH
        done = [] if self.forgets else [*self.taken, {"id": "of another run", "to": []}]
        return (500 if self.errs else 200), done


@pytest.fixture
def office(monkeypatch):
    """An office and a client of the API that leads to it."""
    monkeypatch.setattr(ordering, "EVERY", 0.05)
    here = Office()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.say(*here.post(self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

        def do_GET(self):
            self.say(*here.get(self.path))

        def say(self, status, body):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here.core = client.CoreV1Api(
        client.ApiClient(client.Configuration(f"http://127.0.0.1:{server.server_port}"))
    )
    yield here
    server.shutdown()
    server.server_close()


def placed(office, within=0.3):
    seen = Watching()
    orders = Orders(office.core, "application", "edge:80", "/stations/x/announcements", {"to": ["a", "b"]})
    orders.place(seen, rate=20, seconds=0.5, within=within)
    return orders, [(event["name"], event["detail"]) for event in seen.events]


def test_each_piece_is_told_when_it_was_accepted_and_when_done(office):
    """Each with an id of its own and all that was to be done; others' work is not ours."""
    orders, told = placed(office)
    assert [body["to"] for body in office.taken] == [["a", "b"]] * 10
    ids = {body["id"] for body in office.taken}
    assert len(ids) == 10
    assert {detail for name, detail in told if name == stamps.ACCEPTED} == ids
    assert (
        sorted(detail for name, detail in told if name == stamps.DONE) == sorted(ids) == sorted(orders.done)
    )
    assert told[-1] == (stamps.LOOKED, "")


def test_piece_that_nobody_does_is_looked_for_and_not_said_to_be_done(office):
    """Accepted, and then never heard of."""
    office.forgets = True
    orders, told = placed(office)
    assert (len(orders.accepted), orders.done) == (10, set())
    assert told[-1][0] == stamps.LOOKED


def test_piece_done_in_part_is_not_done(office):
    """An announcement that only one of two has heard is not given out."""
    office.get = lambda _: (200, [{**body, "to": ["a"]} for body in office.taken])
    orders, _ = placed(office)
    assert (len(orders.accepted), orders.done) == (10, set())


def test_refused_orders_are_told_and_not_looked_for(office):
    """Who was turned away knows it, and may come again."""
    office.refuses = True
    orders, told = placed(office)
    assert orders.accepted == {}
    assert [name for name, _ in told].count(stamps.REFUSED) == 10


@pytest.mark.parametrize("answer", [(500, []), (200, "not json")], ids=["error", "no list"])
def test_look_that_is_not_answered_saw_nothing(office, answer):
    """Nobody may conclude from it that work is lost."""
    office.get = lambda _: answer
    _, told = placed(office)
    assert stamps.LOOKED not in {name for name, _ in told}
