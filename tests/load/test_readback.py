"""The readback: fetched over real HTTP until it is proven whole."""

from types import SimpleNamespace

import pytest
import requests

from slaharness.cluster.api import Endpoint
from slaharness.errors import LoadTrouble
from slaharness.ledger import readback as export
from slaharness.ledger.checker import readings

READING = {"id": "a", "station": "run-01", "at": 1000, "temperature": 12.5}


@pytest.fixture
def cluster(server, monkeypatch):
    """A cluster whose readings service is the stub, with one reading stored; tries follow at once."""
    monkeypatch.setattr(export, "EVERY", 0.01)
    server.weather.readings["run-01"]["a"] = READING
    endpoint = Endpoint(server.url, requests.Session())
    api = SimpleNamespace(endpoint=lambda *_: endpoint)
    yield SimpleNamespace(api=lambda: api)
    endpoint.session.close()


def test_the_whole_table_is_saved(cluster, tmp_path):
    """At consistency ALL, as a file that the checker reads."""
    saved = export.readback(cluster, tmp_path / "readback.csv.gz", within=5)
    assert [row for batch in readings(saved) for row in batch.to_pylist()] == [READING]


def test_a_readback_that_breaks_off_is_begun_again(cluster, server, tmp_path):
    """While the stack heals it may be refused, dropped, cut or ended early; only a whole one is kept."""
    server.weather.faults += ["503", "drop", "cut", "short"]
    saved = export.readback(cluster, tmp_path / "readback.csv.gz", within=5)
    assert len(list(readings(saved))) == 1
    assert server.weather.arrived["GET /export?consistency=ALL"] == 5


def test_a_readback_that_never_comes_whole_is_trouble_and_leaves_no_file(cluster, server, tmp_path):
    """The limit holds, the last failure is named, and no half file can be taken for a readback."""
    server.weather.faults += ["503"] * 1000
    with pytest.raises(LoadTrouble, match="tries, the last: 503"):
        export.readback(cluster, tmp_path / "readback.csv.gz", within=0.3)
    assert not (tmp_path / "readback.csv.gz").exists()
