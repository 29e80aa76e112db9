"""The readback: fetched over real HTTP until it is proven whole."""

from functools import partial

import pytest
import requests
from ledgers import READINGS

from slaharness.cluster.api import Endpoint
from slaharness.errors import LoadTrouble
from slaharness.ledger import readback, rows
from slaharness.model import Columns, ColumnType

READING = {"id": "a", "station": "run-01", "at": 1000, "temperature": 12.5}


@pytest.fixture
def save(server, monkeypatch):
    """Ask the stub, with one reading stored; tries follow at once."""
    monkeypatch.setattr(readback, "EVERY", 0.01)
    server.weather.readings["run-01"]["a"] = READING
    with requests.Session() as session:
        yield partial(readback.fetch, Endpoint(server.url, session), "export?consistency=ALL")


def test_the_whole_table_is_saved(save, tmp_path):
    """As a file that the checker reads."""
    saved = readback.whole(save, tmp_path / "readback.csv.gz", within=5)
    assert [row for batch in rows.read(saved, READINGS) for row in batch.to_pylist()] == [READING]


def test_a_readback_that_breaks_off_is_begun_again(save, server, tmp_path):
    """While the stack heals it may be refused, dropped, cut or ended early; only a whole one is kept."""
    server.weather.faults += ["503", "drop", "cut", "short"]
    saved = readback.whole(save, tmp_path / "readback.csv.gz", READINGS, within=5)
    assert len(list(rows.read(saved, READINGS))) == 1
    assert server.weather.arrived["GET /export?consistency=ALL"] == 5


def test_a_readback_that_never_comes_whole_is_trouble_and_leaves_no_file(save, server, tmp_path):
    """The limit holds, the last failure is named, and no half file can be taken for a readback."""
    server.weather.faults += ["503"] * 1000
    with pytest.raises(LoadTrouble, match="tries, the last: 503"):
        readback.whole(save, tmp_path / "readback.csv.gz", within=0.3)
    assert not (tmp_path / "readback.csv.gz").exists()


def test_a_readback_with_other_columns_than_the_stack_says_is_none(save, tmp_path):
    """What cannot be compared must not pass for rows."""
    orders = Columns({"order": ColumnType.TEXT, "cents": ColumnType.INTEGER}, key="order", run="")
    with pytest.raises(LoadTrouble, match="instead of the header order,cents"):
        readback.whole(save, tmp_path / "readback.csv.gz", orders, within=0.1)
