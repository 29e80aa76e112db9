"""Orders through the API server's proxy, put to a real HTTP server on loopback in its place."""

import json

import pytest

from slaharness.events import ACCEPTED, DONE, LOOKED, REFUSED
from slaharness.faults.scaling import queue
from slaharness.faults.scaling.queue import Queue
from slaharness.faults.scaling.watch import Watch

PATH = "/api/v1/namespaces/application/services/edge:80/proxy/stations/x/announcements"


class Office:
    """Takes orders and lists them as done, except for as long as it ``forgets`` or ``refuses``."""

    def __init__(self):
        self.taken, self.forgets, self.refuses = [], False, False

    def answer(self, path, body):
        assert path == PATH
        status, said = self.get() if body is None else self.post(body)
        return status, json.dumps(said)

    def post(self, body):
        if self.refuses:
            return 503, {"reason": "no"}
        self.taken.append(body)
        return 202, {"id": body["id"]}

    def get(self):
        return 200, [] if self.forgets else [*self.taken, {"id": "of another run", "to": []}]


@pytest.fixture
def office(proxied, monkeypatch):
    """An office and a client of the API that leads to it."""
    monkeypatch.setattr(queue, "EVERY", 0.05)
    here = Office()
    here.core = proxied(here.answer)
    return here


def placed(office, within=0.3, to=("a", "b")):
    seen = Watch()
    orders = Queue(office.core, "application", "edge:80", "/stations/x/announcements", {"to": list(to)})
    orders.fill(seen, rate=20, seconds=0.5, within=within)
    return orders, [(event["name"], event["detail"]) for event in seen.events]


def test_each_piece_is_told_when_it_was_accepted_and_when_done(office):
    """Each with an id of its own and all that was to be done; others' work is not ours."""
    orders, told = placed(office)
    assert [body["to"] for body in office.taken] == [["a", "b"]] * 10
    ids = {body["id"] for body in office.taken}
    assert len(ids) == 10
    assert {detail for name, detail in told if name == ACCEPTED} == ids
    assert sorted(detail for name, detail in told if name == DONE) == sorted(ids) == sorted(orders.done)
    assert told[-1] == (LOOKED, "")


@pytest.mark.parametrize(("told", "done"), [(["a", "b"], 10), (["b"], 0), (["a", "b", "c"], 0)])
def test_what_is_listed_in_a_piece_may_be_told_in_any_order(office, monkeypatch, told, done):
    """Who was told is a set; one too few is not done, and one too many is not what was asked."""
    monkeypatch.setattr(Office, "get", lambda self: (200, [piece | {"to": told} for piece in self.taken]))
    orders, _ = placed(office, to=("b", "a", "b"))
    assert len(orders.done) == done


def test_piece_that_nobody_does_is_looked_for_and_not_said_to_be_done(office):
    """Accepted, and then never heard of."""
    office.forgets = True
    orders, told = placed(office)
    assert (len(orders.accepted), orders.done) == (10, set())
    assert told[-1][0] == LOOKED


def test_piece_done_in_part_is_not_done(office):
    """An announcement that only one of two has heard is not given out."""
    office.get = lambda: (200, [{**body, "to": ["a"]} for body in office.taken])
    orders, _ = placed(office)
    assert (len(orders.accepted), orders.done) == (10, set())


def test_refused_orders_are_told_and_not_looked_for(office):
    """Who was turned away knows it, and may come again."""
    office.refuses = True
    orders, told = placed(office)
    assert orders.accepted == {}
    assert [name for name, _ in told].count(REFUSED) == 10


@pytest.mark.parametrize("answer", [(500, []), (200, "not json")], ids=["error", "no list"])
def test_look_that_is_not_answered_saw_nothing(office, answer):
    """Nobody may conclude from it that work is lost."""
    office.get = lambda: answer
    _, told = placed(office)
    assert LOOKED not in {name for name, _ in told}
