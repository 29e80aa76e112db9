"""The checker: Jepsen's set test, by example and against a slow model of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.errors import RecordTrouble
from slaharness.load.checker import Figures, Reading, Value, check, readings
from slaharness.load.ledger import Ledger, Request

KEYS = [f"k{number}" for number in range(6)]
HEADER = "station,at,id,temperature"
WARM = Value("run-01", 1000, 12.5)


def write(key, outcome="ok", value=WARM):
    text = f"{value.station}|{value.at}|{value.temperature}"
    return Request(1.0, 1.0, 2.0, "post reading", "write", key, text, outcome, 201)


def row(key, value=WARM):
    return Reading(key, value)


def checked(writes, rows):
    return check(Ledger(tuple(writes)), rows)


def test_an_acknowledged_write_that_is_not_there_is_lost():
    """This is what the harness is for."""
    figures = checked([write("a"), write("b")], [row("a")])
    assert (figures.acknowledged, figures.lost, figures.examples) == (2, 1, {"lost": ("b",)})


@pytest.mark.parametrize("outcome", ["fail", "unknown"])
def test_an_unacknowledged_write_may_be_there_or_not(outcome):
    """An error or a timeout says nothing about what became of the write: found is recovered, else nothing."""
    there, gone = checked([write("a", outcome)], [row("a")]), checked([write("a", outcome)], [])
    assert (there.recovered, there.lost, there.unexpected) == (1, 0, 0)
    assert (gone.recovered, gone.lost, gone.attempted) == (0, 0, 1)


def test_a_write_sent_again_counts_as_one_and_is_acknowledged_once_it_ever_was():
    """A client that got no answer may send the same reading again."""
    figures = checked([write("a", "unknown"), write("a")], [row("a")])
    assert (figures.attempted, figures.acknowledged, figures.recovered) == (1, 1, 0)


def test_a_row_that_nobody_attempted_is_unexpected():
    """A reading of this run's stations that no station sent was made up by the database."""
    assert checked([write("a")], [row("a"), row("ghost")]).examples == {"unexpected": ("ghost",)}


def test_rows_of_other_runs_do_not_count():
    """The table holds the readings of every run there ever was."""
    figures = checked([write("a")], [row("a"), row("b", Value("other-01", 1, 1.0))])
    assert (figures.read, figures.unexpected) == (1, 0)


def test_a_known_reading_under_a_foreign_station_is_altered():
    """A changed station does not hide a row among those of other runs."""
    figures = checked([write("a")], [row("a", Value("other-01", 1000, 12.5))])
    assert figures.examples == {"altered": ("a",)}


def test_a_reading_with_another_time_or_temperature_is_altered():
    """Every column is compared, not only the key."""
    changed = [row("a", Value("run-01", 1001, 12.5)), row("b", Value("run-01", 1000, 12.4))]
    assert checked([write("a"), write("b")], changed).examples == {"altered": ("a", "b")}


def test_the_same_key_twice_is_duplicated():
    """A write must be there once."""
    figures = checked([write("a")], [row("a"), row("a"), row("a")])
    assert (figures.read, figures.duplicated, figures.examples) == (3, 1, {"duplicated": ("a",)})


def test_requests_without_a_key_are_not_checked():
    """Reads, and writes that store no reading, are no matter of the set test."""
    limits = write("")._replace(value="")
    read = write("a")._replace(operation="read")
    assert checked([limits, read], []) == Figures(0, 0, 0, 0, 0, 0, 0, 0)


def test_a_value_that_is_no_reading_is_refused():
    """A profile whose context says something else cannot be checked, and must not pass unchecked."""
    with pytest.raises(RecordTrouble, match=r"write a has the value '12\.5'"):
        checked([write("a")._replace(value="12.5")], [])


def test_a_readback_is_read_to_its_proven_end(zipped):
    """Each row of the export becomes a reading."""
    path = zipped("r.gz", [HEADER, "run-01,1000,a,12.5", "# end,1"])
    assert list(readings(path)) == [row("a")]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([HEADER, "run-01,1000,a,12.5"], "cut short"),
        ([HEADER, "run-01,1000,a,12.5", "# end,7"], "does not end 1 rows"),
        ([HEADER, "run-01,now,a,12.5", "# end,1"], "line 2: invalid literal"),
        ([HEADER, "run-01,1000,a,warm", "# end,1"], "line 2: could not convert"),
    ],
)
def test_a_readback_that_is_not_whole_proves_nothing(zipped, lines, said):
    """Half an export would make readings look lost that are there; it is refused instead."""
    with pytest.raises(RecordTrouble, match=said):
        checked([write("a")], readings(zipped("r.gz", lines)))


def naive(writes, rows):
    """The same figures straight from their definitions, one key at a time, in quadratic time."""
    attempted = {w.key for w in writes}
    stations = {w.value.split("|")[0] for w in writes}
    ours = [r for r in rows if r.key in attempted or r.value.station in stations]
    acknowledged = {w.key for w in writes if w.outcome == "ok"}

    def sent(r):
        return [
            w for w in writes if w.key == r.key and Value(*w.value.split("|")) == Value(*map(str, r.value))
        ]

    return {
        "attempted": len(attempted),
        "acknowledged": len(acknowledged),
        "read": len(ours),
        "lost": len([k for k in acknowledged if all(r.key != k for r in ours)]),
        "recovered": len([k for k in attempted - acknowledged if any(r.key == k for r in ours)]),
        "unexpected": len({r.key for r in ours if r.key not in attempted}),
        "duplicated": len({k.key for k in ours if [r.key for r in ours].count(k.key) > 1}),
        "altered": len({r.key for r in ours if r.key in attempted and not sent(r)}),
    }  # fmt: skip


values = st.builds(
    Value, st.sampled_from(["run-01", "run-02", "other-01"]), st.integers(0, 2), st.sampled_from([0.5, 1.5])
)
mine = values.map(lambda value: value._replace(station=value.station.replace("other", "run")))
writes = st.lists(
    st.builds(write, st.sampled_from(KEYS), st.sampled_from(["ok", "fail", "unknown"]), mine), max_size=12
)
rows = st.lists(st.builds(row, st.sampled_from([*KEYS, "x", "y"]), values), max_size=12)


@given(writes, rows)
def test_the_checker_agrees_with_a_naive_model(writes, rows):
    """Whatever was written and whatever is read back, the fast figures are the defined ones."""
    figures = checked(writes, iter(rows))
    wanted = naive(writes, rows)
    assert {name: getattr(figures, name) for name in wanted} == wanted
    for kind, examples in figures.examples.items():
        assert len(examples) == min(5, wanted[kind])


@given(writes, rows)
def test_what_is_read_is_what_was_written_or_is_named(writes, rows):
    """Every key read is acknowledged, recovered or unexpected; every acknowledged one is read or lost."""
    figures = checked(writes, rows)
    kept = {r.key for r in rows} & {w.key for w in writes}
    assert figures.acknowledged - figures.lost + figures.recovered == len(kept)
