"""Whoever dies while users listen, each alert comes to each of them once. Real parts, real kills."""

import contextlib
import os
import signal
import time
from uuid import uuid4

import pytest
import requests
from notified import BROKER, SPACE, Ear, Watcher, heard_all

from slaharness.host import wait

pytestmark = [pytest.mark.live, pytest.mark.nightly]


@pytest.fixture
def users():
    """Nobody's alerts are those of another test."""
    mark = uuid4().hex[:6]
    return [f"{name}-{mark}" for name in ("ann", "bob", "eve")]


@contextlib.contextmanager
def listening(rig, users, rate=30.0):
    """Everybody at both instances, while so many alerts a second come."""
    ears = [Ear(rig, user, first) for user in users for first in (0, 1)]
    with contextlib.ExitStack() as stack:
        for one in ears:
            stack.enter_context(one)
        with Watcher(rig, users, rate):
            yield ears
        heard_all(rig, ears)


def test_alerts_come_to_whoever_listens_wherever(rig, users):
    """Half of all listeners are at an instance that keeps nothing itself."""
    with listening(rig, users) as ears:
        time.sleep(10)
    assert rig.metric("notify_pushed_total") >= sum(len(ear.heard) for ear in ears)
    assert rig.metric("notify_repeated_total") > 0


def test_a_killed_instance_costs_nobody_an_alert(rig, users):
    """Either of them, again and again: who listened there goes on elsewhere, where it was."""
    with listening(rig, users) as ears:
        for n in range(6):
            time.sleep(2.5)
            rig.instances[n % 2].kill()
            time.sleep(1)
            rig.instances[n % 2].start()
    assert sum(ear.breaks for ear in ears) > 0


def test_an_instance_that_is_told_to_end_lets_its_listeners_go(rig, users):
    """Their streams end whole, it waits for none of them, and they go on elsewhere."""
    one = rig.instances[0]
    with listening(rig, users):
        time.sleep(3)
        os.kill(one.process.pid, signal.SIGTERM)
        began = time.monotonic()
        assert one.process.wait(20) == 0
        assert time.monotonic() - began < 10
        time.sleep(3)
        one.start()


def test_a_killed_pulsar_is_waited_for(rig, users):
    """What it had not heard to be done with comes again, and is told once."""
    with listening(rig, users):
        time.sleep(3)
        rig.pulsar.kill()
        time.sleep(3)
        rig.pulsar.start()
        time.sleep(5)


def test_a_killed_database_is_waited_for(rig, users):
    """Streams stay open; nothing is acknowledged that is not kept."""
    with listening(rig, users, rate=5):
        time.sleep(3)
        rig.cassandra.kill()
        time.sleep(3)
        rig.cassandra.start()
        time.sleep(3)


def test_a_new_session_begins_after_what_was_acknowledged(rig, users):
    """Whichever instance it was said to."""
    with listening(rig, users[:1]):
        time.sleep(3)
    (user, (first, second)) = users[0], rig.urls()
    last = requests.get(f"{first}/users/{user}/alerts/acknowledged", timeout=10).json()["last"]
    assert last == len(rig.told[user])
    for up_to in (last - 2, 1):
        requests.put(
            f"{second}/users/{user}/alerts/acknowledged", json={"up_to": up_to}, timeout=10
        ).raise_for_status()
    path = f"{first}/users/{user}/alerts/stream"
    with requests.get(path, stream=True, timeout=10) as answer:
        ids = (
            line for line in answer.iter_lines(chunk_size=1, decode_unicode=True) if line.startswith("id: ")
        )
        assert next(ids) == f"id: {last - 1}"


def test_limits_of_users_are_kept_changed_and_removed(rig, users):
    """By real statements on the real tables."""
    first, second = (f"{url}/stations/S1/limits/{users[0]}" for url in rig.urls())
    for wish in ({"high": 30.0, "low": None}, {"high": None, "low": -3.5}):
        assert requests.put(first, json=wish, timeout=10).status_code == 200
        assert requests.get(second, timeout=10).json() == wish
    assert requests.delete(second, timeout=10).status_code == 204
    assert requests.get(first, timeout=10).status_code == 404


def test_poison_is_put_aside(rig, users):
    """With its reason; alerts before and after it come."""
    import pulsar  # noqa: PLC0415 - only here

    before = rig.metric("notify_dead_letters_total")
    client = pulsar.Client(
        f"pulsar://{BROKER}:6650",
        authentication=pulsar.AuthenticationToken((rig.folder / "tokens/admin").read_text()),
    )
    producer = client.create_producer(f"{SPACE}/alerts")
    with listening(rig, users):
        for content in (b"no json", b"{}", b"[" * 100_000, b"x" * 1_000_000):
            producer.send(content)
        time.sleep(2)
    wait.until(
        lambda: rig.metric("notify_dead_letters_total") == before + 4, within=30, what="all are put aside"
    )
    reader = client.create_reader(f"{SPACE}/alerts-notify-DLQ", pulsar.MessageId.earliest)
    reasons = [reader.read_next(10_000).properties()["reason"] for _ in range(4)]
    client.close()
    assert all(reasons)
