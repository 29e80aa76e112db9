"""Whatever is killed, the table has the last word on each reading, once. Real parts, real kills."""

import time
from pathlib import Path

import deltalake
import psutil
import pulsar
import pytest
from lake import table, topic, words
from lakeside import BROKER, LOTS, TABLE, Stations, sink
from parts import TOPIC, WEATHER

from slaharness.host import wait

pytestmark = [pytest.mark.live, pytest.mark.nightly]

#: Most that the sink may take, in KiB.
MEMORY = 200 * 1024
LEFT_OUT = WEATHER / "mutants" / "sink-at-most-once"


def whole(rig):
    """Nothing is missing, altered, withdrawn and still there, or there twice."""
    assert rig.missing() == set()
    assert rig.doubled() == 0
    assert len(rig.rows()) > 100


def parquet(rig):
    return set((rig.folder / "data" / "objects" / "lake").rglob("*.parquet"))


def test_each_reading_is_a_row_by_day_and_region(rig):
    """Repeated, corrected, withdrawn: the last word is what a reader sees, some seconds later."""
    with Stations(rig):
        time.sleep(20)
    whole(rig)
    assert {file.parent.name for file in parquet(rig)} == {"region=north", "region=south", "region=elsewhere"}
    came = [row["arrived"] - row["at"] for row in rig.rows() if row["temperature"] != 99.0]
    assert 0 < sorted(came)[len(came) // 2] < 10_000


def test_a_sink_killed_at_any_moment_loses_and_doubles_nothing(rig):
    with Stations(rig):
        for _ in range(8):
            time.sleep(LOTS.uniform(0, 7))
            rig.sink.kill()
            rig.sink.launch()
    wait.until(rig.sink.answers, within=60, what="the sink answers")
    whole(rig)


def test_a_sink_killed_between_its_files_and_their_commit_leaves_nothing_that_counts(rig):
    """In the middle: some files of a batch are there, and no log says so."""
    with Stations(rig):
        for _ in range(3):
            wait.until(rig.sink.answers, within=60, what="the sink answers")
            before = parquet(rig)
            wait.until(
                lambda there=before: parquet(rig) - there, within=30, every=0.001, what="a file is written"
            )
            rig.sink.kill()
            rig.sink.launch()
    wait.until(rig.sink.answers, within=60, what="the sink answers")
    whole(rig)


def test_an_object_store_that_is_away_for_a_minute_is_waited_for(rig):
    """The sink lives on, tells how far it is behind, and acknowledges nothing meanwhile."""
    process = rig.sink.process
    with Stations(rig):
        time.sleep(3)
        rig.store.kill()
        time.sleep(60)
        assert rig.metric("lake_behind_seconds") > 30
        rig.store.start()
    whole(rig)
    wait.until(lambda: rig.metric("lake_behind_seconds") == 0, within=30, what="it is abreast")
    assert rig.sink.process is process
    assert process.poll() is None


def test_an_object_store_killed_again_and_again_ends_in_no_half_batch(rig):
    with Stations(rig):
        for _ in range(6):
            time.sleep(LOTS.uniform(0, 6))
            rig.store.kill()
            rig.store.start()
    whole(rig)


def test_a_killed_pulsar_is_waited_for(rig):
    """What it had not heard to be done with comes again."""
    with Stations(rig):
        time.sleep(5)
        rig.pulsar.kill()
        time.sleep(5)
        rig.pulsar.start()
        time.sleep(5)
    whole(rig)


def test_what_could_not_be_true_goes_to_the_dead_letters_with_its_reason(rig):
    """And its neighbours to the table; a message as large as Pulsar takes is cut, not stumbled over."""
    poison = [b"no json", b"{}", b"[" * 100_000, b"x" * 1_000_000, b'{"station": "../x"}']
    before = rig.metric("lake_dead_letters_total")
    client = topic.connected(f"pulsar://{BROKER}:6650", rig.token("admin"))
    producer = client.create_producer(TOPIC, batching_enabled=False)
    with Stations(rig):
        for content in poison:
            producer.send(content)
        time.sleep(3)
    whole(rig)
    assert rig.metric("lake_dead_letters_total") - before == len(poison)
    reader = client.create_reader(f"{TOPIC}-lake-DLQ", pulsar.MessageId.earliest)
    letters = []
    while reader.has_message_available():
        letters.append(reader.read_next(10_000))
    client.close()
    assert [letter.data() for letter in letters] == [content[: topic.KEPT] for content in poison]
    reasons = [letter.properties()["reason"] for letter in letters]
    assert reasons[1] == "deleted: nothing"
    assert reasons[0].startswith("no JSON")
    assert letters[3].properties()["bytes"] == "1000000"
    assert letters[0].properties()["topic"] == TOPIC


def test_small_files_become_one(rig, monkeypatch):
    """Another writer does it here, so that nobody waits for the sink's minute; the sink goes on beside it."""
    lake = table.Table(TABLE, rig.options("lake"), [])
    lake.ready()
    counted = len(deltalake.DeltaTable(TABLE, storage_options=rig.options()).file_uris())
    lake.compact()
    assert lake.files() < counted
    with Stations(rig):
        time.sleep(5)
    whole(rig)


def test_of_two_writers_at_one_version_the_later_one_is_told(rig):
    """By the object store: what makes a commit count is put only if there is none of its name."""
    at, key = int(time.time() * 1000), "0b5b5f5e-7d1c-4e55-9a55-{:012d}"
    said = [words.Word("two-1", at, key.format(one), 1.5, at * 1000, deleted=False) for one in range(2)]
    first, second = (table.Table(TABLE, rig.options("lake"), []) for _ in range(2))
    first.ready()
    second.ready()
    first.keep(said[:1], 1)
    with pytest.raises(table.Trouble, match="concurrent"):
        second.keep(said, 2)
    assert second.keep(said, 3) == 1
    rig.told |= {word.id: {"temperature": 1.5, "deleted": False} for word in said}
    assert rig.missing() == set()
    assert rig.doubled() == 0


def test_who_looks_on_may_not_write(rig):
    """An account of its own, which can do nothing to what it reads."""
    look = table.Table(TABLE, rig.options("readback"), [])
    with pytest.raises(table.Trouble):
        look.keep([words.Word("x", 1, "k", 1.0, 1, deleted=False)], 1)


def test_its_memory_stays_small(rig):
    """After all of the above, of which it took part since the last kill."""
    (python,) = psutil.Process(rig.sink.process.pid).children()
    status = Path(f"/proc/{python.pid}/status").read_text().splitlines()
    most = next(line for line in status if line.startswith("VmHWM"))
    assert int(most.split()[1]) < MEMORY, most


def test_one_that_acknowledges_before_it_has_kept_is_seen_to_lose_readings(rig):
    """So this file would notice."""
    rig.sink.kill()
    weak = sink(rig.folder, LEFT_OUT)
    try:
        weak.start()
        with Stations(rig):
            time.sleep(8)
            weak.kill()
    finally:
        weak.kill()
    rig.sink.start()
    with Stations(rig):
        time.sleep(2)
    lost = rig.missing(within=30)
    assert lost
    for key in lost:
        del rig.told[key]
