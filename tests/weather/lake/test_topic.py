"""Batches end by time, number and size; what Pulsar refuses is told in one line."""

from types import SimpleNamespace

import pulsar
import pytest
from lake import topic
from lake.topic import Message, Topic, Trouble

PLACE = SimpleNamespace(ledger_id=lambda: 3, entry_id=lambda: 7)


class Pulsar:
    """Consumer and producer of as many messages as it is given; a message may be an error."""

    def __init__(self, *contents):
        self.contents, self.waits, self.sent, self.acknowledged = list(contents), [], [], []

    def receive(self, timeout_millis):
        self.waits.append(timeout_millis)
        if not self.contents:
            raise pulsar.Timeout
        content = self.contents.pop(0)
        if isinstance(content, Exception):
            raise content
        return SimpleNamespace(data=lambda: content, publish_timestamp=lambda: 5, message_id=lambda: PLACE)

    def send(self, content, properties):
        if self.contents:
            raise self.contents.pop(0)
        self.sent.append((content, properties))

    def acknowledge_cumulative(self, raw):
        if self.contents:
            raise self.contents.pop(0)
        self.acknowledged.append(raw)


def of(fake):
    return Topic(fake, fake, "readings")


def contents(batch):
    return [message.content for message in batch]


def test_what_comes_at_once_is_a_batch():
    """The first is waited for a while; without one there is none."""
    assert contents(of(Pulsar(b"a", b"b")).batch()) == [b"a", b"b"]
    assert of(Pulsar()).batch() == []


def test_a_batch_ends_some_seconds_after_its_first_message(monkeypatch):
    """However much goes on coming: readers wait for it."""
    clock = iter(range(100))
    monkeypatch.setattr(topic.time, "monotonic", lambda: next(clock))
    fake = Pulsar(*[b"x"] * 50)
    assert 1 < len(of(fake).batch()) <= topic.FILL + 1
    assert fake.waits[0] == topic.FIRST
    assert fake.waits[1:] == sorted(fake.waits[1:], reverse=True)


def test_a_batch_ends_at_so_many_messages(monkeypatch):
    monkeypatch.setattr(topic, "MESSAGES", 3)
    assert len(of(Pulsar(*[b"x"] * 9)).batch()) == 3


def test_a_batch_ends_at_so_many_bytes(monkeypatch):
    """Messages that are large are few at a time."""
    monkeypatch.setattr(topic, "BYTES", 25)
    assert len(of(Pulsar(*[b"x" * 10] * 9)).batch()) == 3


def test_a_lost_subscription_is_told():
    with pytest.raises(Trouble, match=r"^reading readings: "):
        of(Pulsar(pulsar.AlreadyClosed("gone"))).batch()


def test_a_dead_letter_says_why_and_where_it_was_and_is_cut():
    fake = Pulsar()
    of(fake).bury(Message(b"x" * 100_000, 5, PLACE), "no JSON")
    about = {"reason": "no JSON", "topic": "readings", "message": "3:7", "bytes": "100000"}
    assert fake.sent == [(b"x" * topic.KEPT, about)]


def test_what_pulsar_does_not_take_is_trouble():
    with pytest.raises(Trouble, match=r"^burying 3:7: "):
        of(Pulsar(pulsar.Timeout("late"))).bury(Message(b"", 5, PLACE), "why")
    with pytest.raises(Trouble, match=r"^acknowledging 3:7: "):
        of(Pulsar(pulsar.AlreadyClosed("gone"))).acknowledge(Message(b"", 5, PLACE))
