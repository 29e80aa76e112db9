"""Whatever is killed, each acknowledged reading and limit comes to its topic. Real parts, real kills."""

from collections import Counter
from uuid import uuid4

import cql
import database
import pytest

from slaharness.host import wait

pytestmark = [pytest.mark.live, pytest.mark.nightly]

NODE = "127.31.7.1"
LIMITS = "persistent://weather/stream/limits"
#: Seconds for what was written to have come.
SOON = 120.0


def come(rig) -> Counter:
    """How often each acknowledged reading is in its topic, once all of them and all limits are."""

    def all_there() -> bool:
        return (
            rig.metric("cdc_behind_bytes") == 0
            and set(rig.acknowledged) <= seen(rig).keys()
            and set(rig.limited) <= {limit["user"] for limit in rig.messages(LIMITS)}
        )

    wait.until(all_there, within=SOON, every=1, what="all that was acknowledged is in the topic")
    return seen(rig)


def seen(rig) -> Counter:
    return Counter(message["id"] for message in rig.messages())


def write(rig, count):
    """Readings, and among them now and then a limit."""
    for one in range(count):
        at = 1_795_760_000_000 + len(rig.acknowledged)
        rig.write(str(uuid4()), at)
        if one % 5 == 4:
            rig.limit(f"user-{len(rig.limited)}", 30.0, None, at * 1000)


def refusal(rig):
    """Large limits until one is refused: in which words."""
    with cql.Connection(NODE, database.login("admin"), timeout=30) as node:
        for one in range(1_000):
            user = f"{one}-{'x' * 20_000}"
            try:
                node.run(f"INSERT INTO weather.alert_limits (station, user, high) VALUES ('s', '{user}', 1)")  # noqa: S608 - our own words
            except cql.Refused as refused:
                return str(refused)
            rig.limited.append(user)
    return ""


def test_a_reading_is_told_as_it_is_kept(rig):
    """Its key, its instant, its temperature, and which word on it is the last."""
    write(rig, 1)
    come(rig)
    (message,) = rig.messages()
    assert message == {
        "station": "s", "at": 1_795_760_000_000, "id": rig.acknowledged[0], "temperature": 1.5,
        "written": 1_795_760_000_000_000, "deleted": False,
    }  # fmt: skip


def test_limits_are_told_as_they_are_kept_in_a_topic_of_their_own(rig):
    """A side without a limit is null; a row that was deleted, or changed in part, has its instant, too."""
    first, second, third = (1_795_760_000_000_000 + one for one in range(3))
    rig.limit("told", 30.5, None, first)
    rig.limit("told", 28, -2.0, second)
    rig.run(
        f"DELETE FROM weather.alert_limits USING TIMESTAMP {third}"  # noqa: S608 - our own words
        " WHERE station = 's' AND user = 'told'"
    )
    rig.run("UPDATE weather.alert_limits SET low = -9.5 WHERE station = 's' AND user = 'told'")
    said = ("station", "user", "high", "low", "written", "deleted")

    def told():
        return [limit for limit in rig.messages(LIMITS) if limit["user"] == "told"]

    wait.until(lambda: len(told()) > 3, within=SOON, what="four words on the limit are in the topic")
    *words, changed = told()
    assert words == [
        dict(zip(said, word, strict=True))
        for word in (
            ("s", "told", 30.5, None, first, False),
            ("s", "told", 28.0, -2.0, second, False),
            ("s", "told", None, None, third, True),
        )
    ]
    assert (changed["high"], changed["low"], changed["deleted"]) == (None, -9.5, False)
    assert changed["written"] > third
    assert not any("user" in reading for reading in rig.messages())


def test_a_killed_reader_loses_nothing(rig):
    """It goes on where Pulsar had everything; what comes twice came in between."""
    write(rig, 50)
    rig.cdc.kill()
    write(rig, 50)
    rig.cdc.start()
    write(rig, 50)
    assert sum(come(rig).values()) < 2 * len(rig.acknowledged)


def test_a_killed_pulsar_is_waited_for(rig):
    """Its reader neither ends nor passes anything over, and what is captured waits on the node's disk."""
    rig.pulsar.kill()
    write(rig, 50)
    wait.until(lambda: rig.metric("cdc_behind_bytes") > 0, within=SOON, what="the lag is told")
    rig.pulsar.start()
    come(rig)
    assert rig.metric("cdc_behind_seconds") == 0


def test_a_killed_node_with_its_reader_loses_nothing(rig):
    """Nobody completes the segment that was being written: it is read to its end and then goes."""
    write(rig, 50)
    rig.cassandra.kill()
    rig.cdc.kill()
    rig.cassandra.start()
    rig.cdc.start()
    write(rig, 20)
    come(rig)


def test_segments_that_are_done_with_go(rig):
    """Else the disk fills, and Cassandra refuses writes."""
    write(rig, 3)
    folder = rig.folder / "data" / "cdc_raw"
    wait.until(
        lambda: len(list(folder.glob("*_cdc.idx"))) <= 1, within=SOON, what="only what is written to is left"
    )
    come(rig)


def test_a_full_disk_refuses_writes_aloud_and_loses_none_that_it_took(rig):
    """Nobody takes what is captured: rather no write than one that is not told."""
    rig.cdc.kill()
    assert "CDC" in refusal(rig)
    assert len(rig.limited) > 200
    rig.cdc.start()
    write(rig, 5)
    come(rig)


@pytest.mark.parametrize("table", ["readings", "alert_limits"])
def test_a_table_that_is_made_anew_is_followed(rig, table):
    """A restore drops tables and makes them again: the reader ends, and the next one reads the new one."""
    with cql.Connection(NODE, database.login("admin"), timeout=30) as node:
        node.run(f"DROP TABLE weather.{table}")
    rig.tables()
    write(rig, 5)
    wait.until(lambda: rig.cdc.process.poll() is not None, within=SOON, what="the reader has ended")
    rig.cdc.start()
    come(rig)
