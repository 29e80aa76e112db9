"""A real table in a folder: what readers see after each batch, in whatever order, however often it came."""

from itertools import permutations
from pathlib import Path

import deltalake
import pytest
from arro3.core import DataType, Field, Schema
from lake import table
from lake.table import Table, Trouble
from lake.words import Word

AT = 1_795_760_000_000
DAY = 86_400_000


def word(number=1, written=10, temperature=1.5, *, deleted=False, station="north-07", at=AT):
    key = f"0b5b5f5e-7d1c-4e55-9a55-{number:012d}"
    return Word(station, at + number, key, None if deleted else temperature, written, deleted)


@pytest.fixture
def url(tmp_path):
    return str(tmp_path / "readings")


@pytest.fixture
def lake(url):
    return Table(url, {}, ["north", "south"])


def rows(url, columns="id, temperature", where="NOT deleted"):
    """What a reader sees who knows of withdrawals."""
    asked = deltalake.QueryBuilder().register("readings", deltalake.DeltaTable(url))
    text = f"SELECT {columns} FROM readings WHERE {where} ORDER BY id"  # noqa: S608 - our own words
    found = asked.execute(text).read_all()
    return [tuple(row[name] for name in found.column_names) for row in found.to_struct_array().to_pylist()]


def versions(url):
    return deltalake.DeltaTable(url).version()


def parquet(url):
    return sorted(str(file.relative_to(url)) for file in Path(url).rglob("*.parquet"))


def test_a_batch_is_rows_by_day_and_region(url, lake):
    """In folders as Hive has them, which every reader of Parquet understands."""
    batch = [
        word(1),
        word(2, station="south-1"),
        word(3, station="x", at=AT - DAY),
        word(4, station="nowhere-1"),
    ]
    assert lake.keep(batch, 7) == 4
    assert [Path(file).parent.as_posix() for file in parquet(url)] == [
        "day=2026-11-26/region=elsewhere", "day=2026-11-27/region=elsewhere",
        "day=2026-11-27/region=north", "day=2026-11-27/region=south",
    ]  # fmt: skip
    assert len(rows(url)) == 4
    assert rows(url, "arrived, station", "region = 'south'") == [(7, "south-1")]


def test_a_batch_that_comes_again_changes_nothing(url, lake):
    """The whole of being killed between keeping and acknowledging."""
    lake.keep([word(1), word(2)], 7)
    there = versions(url)
    assert Table(url, {}, []).keep([word(1), word(2)], 9) == 0
    assert versions(url) == there
    assert rows(url, "arrived") == [(7,), (7,)]


def test_the_last_word_stands_in_whatever_order_batches_come(tmp_path):
    """A correction, a withdrawal and the reading itself, each told by three replicas at their own pace."""
    words = [word(1, 10), word(1, 20, 9.0), word(1, 30, deleted=True)]
    for number, order in enumerate(permutations(words)):
        url = str(tmp_path / str(number))
        lake = Table(url, {}, [])
        for one in order:
            lake.keep([one], 7)
        assert rows(url) == []
        assert rows(url, "temperature, written", "deleted") == [(None, 30)]


def test_a_correction_changes_one_row_and_no_other(url, lake):
    lake.keep([word(1), word(2)], 7)
    assert lake.keep([word(1, 20, 9.0)], 8) == 1
    assert [temperature for _, temperature in rows(url)] == [9.0, 1.5]


def test_at_one_instant_a_withdrawal_wins(url, lake):
    lake.keep([word(1)], 7)
    assert lake.keep([word(1, deleted=True)], 8) == 1
    assert lake.keep([word(1)], 9) == 0
    assert rows(url) == []


def test_a_station_that_changes_its_region_has_each_reading_once(url):
    """Regions are what somebody writes into a manifest."""
    Table(url, {}, ["north"]).keep([word(1)], 7)
    Table(url, {}, []).keep([word(1, 20, 9.0)], 8)
    assert rows(url, "region, temperature") == [("elsewhere", 9.0)]


def test_small_files_become_one_and_old_ones_stay_for_readers(url, lake):
    """Whoever has opened the table reads on."""
    for number in range(6):
        lake.keep([word(number)], number)
    before = deltalake.DeltaTable(url)
    assert lake.files() == 6
    lake.compact()
    assert lake.files() == 1
    assert [temperature for _, temperature in rows(url)] == [1.5] * 6
    assert before.to_pyarrow_table().num_rows == 6


def test_sweeping_takes_what_never_counted(url, lake, monkeypatch):
    """A sink killed in mid-file leaves it; an hour later it goes, and nothing that counts does."""
    monkeypatch.setitem(table.SETTINGS, "delta.deletedFileRetentionDuration", "interval 0 hours")
    lake.keep([word(1)], 7)
    left = Path(url, "day=2026-11-27", "region=north", "part-left.parquet")
    left.write_bytes(b"half a file")
    lake.sweep()
    assert not left.exists()
    assert len(rows(url)) == 1


def test_the_log_is_summed_up_now_and_then(url, lake, monkeypatch):
    """Else whoever opens the table would read every commit there ever was; nothing is lost by it."""
    monkeypatch.setitem(table.SETTINGS, "delta.checkpointInterval", "5")
    for number in range(7):
        lake.keep([word(number)], number + 1)
    assert list(Path(url, "_delta_log").glob("*.checkpoint.parquet"))
    assert Table(url, {}, []).keep([word(3, 20, 9.0)], 9) == 1
    assert [temperature for _, temperature in rows(url)] == [1.5] * 3 + [9.0] + [1.5] * 3


def test_a_column_is_added_without_writing_anything_anew(url, lake, monkeypatch):
    """Rows that were there lack it."""
    lake.keep([word(1)], 7)
    files = parquet(url)
    monkeypatch.setattr(table, "SCHEMA", Schema([*table.SCHEMA, Field("humidity", DataType.float64())]))
    Table(url, {}, []).ready()
    assert parquet(url) == files
    assert rows(url, "id, humidity") == [(word(1).id, None)]


def test_a_sink_that_knows_fewer_columns_goes_on(url, lake, monkeypatch):
    """As after an upgrade that was taken back."""
    with monkeypatch.context() as newer:
        newer.setattr(table, "SCHEMA", Schema([*table.SCHEMA, Field("humidity", DataType.float64())]))
        Table(url, {}, []).ready()
    assert lake.keep([word(1)], 7) == 1
    assert lake.keep([word(1, 20, 9.0)], 8) == 1
    assert rows(url, "temperature, humidity") == [(9.0, None)]


def test_of_two_sinks_at_once_neither_doubles_a_reading(url):
    """One that was thought dead: its batch is refused by the log, tried again, and changes nothing."""
    first, second = Table(url, {}, []), Table(url, {}, [])
    first.keep([word(0)], 1)
    second.ready()
    first.keep([word(1)], 2)
    with pytest.raises(Trouble, match="concurrent"):
        second.keep([word(1), word(2)], 3)
    assert second.keep([word(1), word(2)], 4) == 1
    assert len(rows(url)) == 3


def test_a_store_that_is_away_is_told_in_one_line(tmp_path):
    options = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true", "AWS_ACCESS_KEY_ID": "x",
               "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1", "max_retries": "0"}  # fmt: skip
    with pytest.raises(Trouble, match=r"^the object store was asked to open the table: ") as caught:
        Table("s3://lake/readings", options, []).ready()
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert "refused" in str(caught.value)
