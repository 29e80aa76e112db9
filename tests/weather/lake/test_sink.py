"""The loop: nothing is acknowledged before it is kept, and nothing stops for one message or one failure."""

import json
import time
from threading import Thread
from types import SimpleNamespace

import pytest
from lake import metrics, sink, table, topic
from lake.sink import Sink
from lake.topic import Message

KEY = "0b5b5f5e-7d1c-4e55-9a55-{:012d}"


def message(number, **changed):
    at = int(time.time() * 1000)
    said = {"station": "s", "at": at, "id": KEY.format(number), "temperature": 1.5, "written": at * 1000,
            "deleted": False}  # fmt: skip
    place = SimpleNamespace(ledger_id=lambda: 1, entry_id=lambda: number)
    return Message(json.dumps(said | changed).encode(), at, place)


class World:
    """A topic and a table that note in which order they were asked, and fail where they are told to."""

    def __init__(self, *batches, fail=()):
        self.batches, self.fail, self.done = list(batches), list(fail), []
        self.sink = Sink(self, self, SimpleNamespace(turn=lambda: None, holds=lambda _: None), self.said)
        self.lines = []

    def said(self, line):
        self.lines.append(line)

    def batch(self):
        if self.batches:
            return self.batches.pop(0)
        self.sink.ending = True
        return []

    def _do(self, name, what):
        if self.fail and self.fail[0] == name:
            self.fail.pop(0)
            raise (table.Trouble if name == "keep" else topic.Trouble)(f"{name} failed")
        self.done.append((name, what))

    def bury(self, message, reason):
        self._do("bury", (message.place, reason))

    def keep(self, words, arrived):
        self._do("keep", [word.id for word in words])
        self.arrived = arrived
        return len(words)

    def acknowledge(self, last):
        self._do("acknowledge", last.place)

    def compact(self):
        self._do("compact", None)

    def sweep(self):
        self._do("sweep", None)

    def files(self):
        return 3


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(sink, "AGAIN", 0.001)


def keys(*numbers):
    return [KEY.format(number) for number in numbers]


def test_a_batch_is_acknowledged_once_it_is_kept():
    """All of it by its last message."""
    world = World([message(1), message(2)], [message(3)])
    world.sink.run()
    assert world.done == [
        ("keep", keys(1, 2)), ("acknowledge", "1:2"), ("keep", keys(3)), ("acknowledge", "1:3"),
    ]  # fmt: skip


def test_what_cannot_be_kept_is_tried_again_and_not_acknowledged_meanwhile():
    world = World([message(1)], fail=["keep", "keep"])
    before = metrics.FAILURES._value.get()
    world.sink.run()
    assert world.done == [("keep", keys(1)), ("acknowledge", "1:1")]
    assert world.lines == ["keep failed"] * 2
    assert metrics.FAILURES._value.get() - before == 2


def test_what_could_not_be_true_is_put_aside_with_its_reason_and_stops_nothing():
    """Its neighbours are kept; it is acknowledged with them, once it is among the dead letters."""
    world = World([message(1), message(2, temperature="warm"), message(3)])
    before = metrics.DEAD._value.get()
    world.sink.run()
    assert world.done == [
        ("bury", ("1:2", "temperature: 'warm'")), ("keep", keys(1, 3)), ("acknowledge", "1:3"),
    ]  # fmt: skip
    assert metrics.DEAD._value.get() - before == 1


def test_a_batch_of_nothing_that_could_be_true_is_done_with_all_the_same():
    world = World([message(1, id=None)])
    world.sink.run()
    assert [name for name, _ in world.done] == ["bury", "acknowledge"]


def test_dead_letters_are_not_written_twice_when_the_rest_has_to_be_tried_again():
    world = World([message(1, id=None), message(2, at=None), message(3)], fail=["keep"])
    world.sink.run()
    assert [name for name, _ in world.done] == ["bury", "bury", "keep", "acknowledge"]


def test_what_cannot_be_buried_is_not_acknowledged():
    world = World([message(1, id=None)], fail=["bury"])
    world.sink.run()
    assert [name for name, _ in world.done] == ["bury", "acknowledge"]


def test_a_lost_subscription_ends_it():
    """Whoever starts it again opens it anew."""
    world = World([message(1)], fail=["acknowledge"])
    with pytest.raises(topic.Trouble):
        world.sink.run()


def test_told_to_end_while_the_store_is_away_it_ends_without_a_word_of_success(monkeypatch):
    """The next one is told again."""
    world = World([message(1)], fail=["keep"] * 10_000)
    runs = Thread(target=world.sink.run)
    runs.start()
    time.sleep(0.05)
    world.sink.ending = True
    runs.join(5)
    assert not runs.is_alive()
    assert world.done == []


def test_each_batch_has_an_instant_of_its_own(monkeypatch):
    """The log knows it by that, even when a clock is set back."""
    seen = []
    world = World([message(1)], [message(2)], [message(3)])
    keep = world.keep
    world.keep = lambda words, arrived: (seen.append(arrived), keep(words, arrived))[1]
    instants = iter([100.0, 100.0, 50.0, 50.0, 50.0, 50.0])
    monkeypatch.setattr(sink.time, "time", lambda: next(instants))
    good = [word for batch in world.batches for word in sink.sorted_out(batch, 2**50)[0]]
    for word in good:
        world.sink._keep([word])
    assert seen == [100_000, 100_001, 100_002]


def test_small_files_are_seen_to_now_and_then_and_failing_at_it_harms_nothing(monkeypatch):
    monkeypatch.setattr(sink, "COMPACT", 0.0)
    world = World([message(1)], [message(2)], fail=[])
    world.compact = lambda: (_ for _ in ()).throw(table.Trouble("busy"))
    world.sink.run()
    assert [name for name, _ in world.done] == ["keep", "acknowledge"] * 2
    assert world.lines == ["busy"] * 2
