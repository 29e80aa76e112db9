"""The load that corrects and withdraws, by real Locust: what was said last is what the checker asks for."""

from pathlib import Path

import pyarrow as pa
import pytest
from ledgers import SCHEMA

from slaharness.host.wait import until
from slaharness.ledger import checker

PROFILE = Path(__file__).parents[2] / "loadprofiles/corrections.py"


@pytest.fixture
def checked(stub, locust, server, tmp_path):
    """Run the load until so many readings were spoken of again, the last ones with a fault; then check."""

    def run(fault=""):
        def again():
            return sum(
                times for what, times in list(server.weather.arrived.items()) if not what.startswith("POST")
            )

        with locust(PROFILE, server.url, stub.free_port(), tmp_path, RUN_ID="r9") as load:
            until(lambda: again() > 40, within=30, what="40 readings were spoken of again")
            server.weather.faults += [fault] * 30
            until(lambda: again() > 80, within=30, what="80 readings were spoken of again")
            load.stop()
            held = load.ledger()
        rows = [reading for station in server.weather.readings.values() for reading in station.values()]
        batch = pa.RecordBatch.from_pylist(rows, schema=SCHEMA)
        return held, checker.check(held, [batch])

    return run


def test_the_last_word_stands_on_a_stack_that_loses_nothing(checked):
    """Every kind of word is said and kept; withdrawn readings are gone and not missed."""
    held, figures = checked()
    assert {row.name for row in held.requests} == {"post reading", "correct reading", "withdraw reading"}
    assert {row.outcome for row in held.requests} == {"ok"}
    withdrawn = sum(row.operation == "delete" for row in held.requests)
    assert figures.attempted - withdrawn == figures.read == figures.ok > withdrawn > 10
    assert not figures.examples


def test_words_that_were_acknowledged_and_not_done_are_found(checked):
    """A correction that was not kept is a lost write; a reading that was withdrawn and is there came back."""
    _, figures = checked("lie")
    assert figures.lost > 0
    assert figures.resurrected > 0
    assert figures.altered == figures.unexpected == 0


def test_words_that_failed_prove_nothing(checked):
    """The old value, the new one and none at all are all allowed then; and the load goes on."""
    held, figures = checked("503")
    assert sum(row.outcome == "fail" for row in held.requests) > 5
    assert figures.lost == figures.resurrected == figures.altered == 0
