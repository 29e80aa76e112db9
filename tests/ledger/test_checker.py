"""The checker: Jepsen's set test, by example and against a slow model of it."""

from itertools import chain, combinations, permutations

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ledgers import READINGS, SCHEMA

from slaharness.errors import RecordTrouble
from slaharness.ledger import rows as table
from slaharness.ledger.checker import Figures, check
from slaharness.ledger.history import NEVER, Lapse
from slaharness.ledger.ledger import Request
from slaharness.model import Columns, ColumnType

HEADER = "station,at,id,temperature"
WARM, COLD, MILD = ("run-01", 1000, 12.5), ("run-01", 2000, -3.5), ("run-02", 3000, 9.0)


def write(key, outcome="ok", value=WARM, sent=1.0, finished=2.0):
    text = "|".join(map(str, value))
    return Request(sent, sent, finished, "post reading", "write", key, text, outcome, 201)


def delete(key, outcome="ok", sent=3.0, finished=4.0):
    return Request(sent, sent, finished, "drop reading", "delete", key, "", outcome, 204)


def row(key, value=WARM):
    station, at, temperature = value
    return {"station": station, "at": at, "id": key, "temperature": temperature}


@pytest.fixture(scope="session")
def checked(kept):
    """Check requests against rows, which come in two batches."""

    def check_them(requests, rows, lapses=NEVER):
        half = len(rows) // 2
        batches = [pa.RecordBatch.from_pylist(part, schema=SCHEMA) for part in (rows[:half], rows[half:])]
        return check(kept(*requests), batches, lapses)

    return check_them


def test_an_acknowledged_write_that_is_not_there_is_lost(checked):
    """This is what the harness is for."""
    figures = checked([write("a"), write("b")], [row("a")])
    assert (figures.acknowledged, figures.ok, figures.lost) == (2, 1, 1)
    assert figures.examples == {"lost": ("b",)}


@pytest.mark.parametrize("outcome", ["fail", "unknown"])
def test_an_unacknowledged_write_may_be_there_or_not(checked, outcome):
    """An error or a timeout says nothing about what became of the write: found is recovered, else nothing."""
    there, gone = checked([write("a", outcome)], [row("a")]), checked([write("a", outcome)], [])
    assert (there.ok, there.recovered, there.lost, there.unexpected) == (1, 1, 0, 0)
    assert (gone.recovered, gone.lost, gone.attempted) == (0, 0, 1)


def test_a_write_sent_again_counts_as_one_and_is_acknowledged_once_it_ever_was(checked):
    """A client that got no answer may send the same reading again."""
    figures = checked([write("a", "unknown"), write("a")], [row("a")])
    assert (figures.attempted, figures.acknowledged, figures.recovered) == (1, 1, 0)


def test_an_acknowledged_overwrite_that_is_not_there_is_lost(checked):
    """The old value in the place of the new one: the second write is gone, though the key is there."""
    twice = [write("a"), write("a", value=COLD, sent=3.0, finished=4.0)]
    assert checked(twice, [row("a", COLD)]).examples == {}
    assert checked(twice, [row("a", WARM)]).examples == {"lost": ("a",)}


def test_of_overlapping_writes_either_may_be_the_last(checked):
    """Clients cannot tell in which order the database took them; gone they may not be."""
    both = [write("a"), write("a", value=COLD, sent=2.0, finished=4.0)]
    for value in (WARM, COLD):
        assert checked(both, [row("a", value)]).ok == 1
    assert checked(both, []).lost == 1


def test_a_write_that_timed_out_may_take_effect_late(checked):
    """A stored hint may be handed on long after its client gave up, over a later acknowledged write."""
    late = [write("a", "unknown"), write("a", value=COLD, sent=30.0, finished=31.0)]
    assert checked(late, [row("a", WARM)]).recovered == 1
    assert checked(late, [row("a", COLD)]).recovered == 0
    assert checked(late, []).lost == 1


def test_a_deleted_key_that_comes_back_is_resurrected(checked):
    """Both were acknowledged, one after the other: what is there should be gone."""
    figures = checked([write("a"), delete("a")], [row("a")])
    assert (figures.resurrected, figures.ok, figures.unexpected) == (1, 0, 0)
    assert figures.examples == {"resurrected": ("a",)}
    gone = checked([write("a"), delete("a")], [])
    assert (gone.lost, gone.examples, gone.deleted) == (0, {}, 1)
    assert checked([write("a"), delete("a", "unknown")], []).deleted == 0


def test_a_delete_that_was_not_acknowledged_excuses_both(checked):
    """The key may be there or not."""
    for rows in ([], [row("a")]):
        assert checked([write("a"), delete("a", "unknown")], rows).examples == {}


def test_a_key_written_anew_after_its_delete_must_be_there(checked):
    """A delete excuses nothing that came after it."""
    requests = [write("a"), delete("a"), write("a", value=COLD, sent=5.0, finished=6.0)]
    assert checked(requests, []).lost == 1
    assert checked(requests, [row("a", COLD)]).ok == 1


def test_what_a_restore_undid_may_be_gone_and_what_came_before_must_be_back(checked):
    """A backup from 2.5 on, a restore from 5 on: between them the database forgets, outside it may not."""
    lapse = (Lapse(2.5, 5.0),)
    after, later = write("b", sent=3.0, finished=4.0), write("c", sent=6.0, finished=7.0)
    assert checked([write("a"), after, later], [row("a"), row("c")], lapse).examples == {}
    assert checked([write("a"), after, later], [], lapse).examples == {"lost": ("a", "c")}


def test_what_a_restore_undid_reaches_from_instant_to_instant(checked):
    """What ended as the backup began may not be in it; what was sent as the restore began came after it."""
    assert checked([write("a")], [], (Lapse(2.0, 5.0),)).lost == 0
    assert checked([write("a")], [], (Lapse(2.1, 5.0),)).lost == 1
    assert checked([write("a")], [], (Lapse(0.0, 1.0),)).lost == 1
    assert checked([write("a")], [], (Lapse(0.0, 1.1),)).lost == 0


def test_an_overwrite_or_a_delete_that_a_restore_undid_leaves_what_was_there(checked):
    """Then the older value is the right one, as is the newer; neither is right to be gone."""
    lapse = (Lapse(2.5, 5.0),)
    overwrite = write("a", value=COLD, sent=3.0, finished=4.0)
    for value in (WARM, COLD):
        assert checked([write("a"), overwrite], [row("a", value)], lapse).examples == {}
    assert checked([write("a"), overwrite], [], lapse).lost == 1
    for rows in ([], [row("a")]):
        assert checked([write("a"), delete("a")], rows, lapse).examples == {}


def test_a_row_deleted_before_the_backup_must_not_come_back(checked):
    """A restore of an older snapshot than it says."""
    requests = [write("a"), delete("a", sent=2.5, finished=2.8)]
    assert checked(requests, [row("a")], (Lapse(3.0, 5.0),)).examples == {"resurrected": ("a",)}


def test_a_row_that_nobody_attempted_is_unexpected(checked):
    """A reading of this run's stations that no station sent was made up by the database."""
    assert checked([write("a")], [row("a"), row("ghost")]).examples == {"unexpected": ("ghost",)}


def test_the_first_five_of_each_kind_are_named(checked):
    """Of lost ones in the order in which they were written first."""
    lost = [write(f"lost-{at}") for at in range(7)]
    figures = checked([*lost, *lost[:2]], [row(f"ghost-{at}") for at in range(14)])
    assert (figures.lost, figures.unexpected) == (7, 14)
    assert figures.examples["lost"] == tuple(f"lost-{at}" for at in range(5))
    assert len(figures.examples["unexpected"]) == 5


def test_many_keys_are_each_held_against_their_own_writes(checked):
    """Also those whose digests are neighbours."""
    keys = [f"key-{at}" for at in range(100)]
    twice = [write(key) for key in keys] + [write(key, value=COLD, sent=3.0, finished=4.0) for key in keys]
    figures = checked(twice, [row(key, COLD) for key in keys])
    assert (figures.attempted, figures.ok, figures.examples) == (100, 100, {})


def test_the_same_key_twice_in_one_batch_is_duplicated(checked):
    """Readbacks come in batches, and so do their doubles."""
    figures = checked([write("a"), write("b"), write("c")], [row(key) for key in "bcaa"])
    assert (figures.duplicated, figures.ok) == (1, 2)
    assert figures.examples == {"duplicated": ("a",)}


@pytest.mark.parametrize("twice", "abc")
def test_which_key_is_there_twice_does_not_depend_on_where_it_is_read(checked, twice):
    """Its neighbours in the batch are each there once."""
    before = [row(f"other-{at}", ("other-01", 1, 1.0)) for at in range(4)]
    figures = checked([write(key) for key in "abc"], before + [row(key) for key in ("a", "b", "c", twice)])
    assert (figures.ok, figures.examples) == (2, {"duplicated": (twice,)})


def test_without_the_columns_nothing_can_be_compared(kept):
    """What a value means is told by them alone."""
    with pytest.raises(RecordTrouble, match="the columns of what was written are not known"):
        check(kept(write("a"), columns=None), [])


def test_rows_of_other_runs_do_not_count(checked):
    """The table holds the readings of every run there ever was."""
    figures = checked([write("a")], [row("a"), row("b", ("other-01", 1, 1.0))])
    assert (figures.read, figures.unexpected) == (1, 0)


def test_a_known_reading_under_a_foreign_station_is_altered(checked):
    """A changed station does not hide a row among those of other runs."""
    figures = checked([write("a")], [row("a", ("other-01", 1000, 12.5))])
    assert figures.examples == {"altered": ("a",)}


def test_a_reading_with_another_time_or_temperature_is_altered(checked):
    """Every column is compared, not only the key."""
    changed = [row("a", ("run-01", 1001, 12.5)), row("b", ("run-01", 1000, 12.4))]
    assert checked([write("a"), write("b")], changed).examples == {"altered": ("a", "b")}


def test_numbers_are_compared_as_numbers(checked):
    """A profile says 12 and 1e1 and -0.0; the database says 12.0, 10.0 and 0.0."""
    said = [("run-01", 1, text) for text in ("12", "1e1", "-0.0")]
    held = [("run-01", 1, number) for number in (12.0, 10.0, 0.0)]
    figures = checked([write(str(at), value=value) for at, value in enumerate(said)],
                      [row(str(at), value) for at, value in enumerate(held)])  # fmt: skip
    assert (figures.ok, figures.examples) == (3, {})
    (tiny,) = checked([write("a", value=("run-01", 1, "1e-20"))], [row("a", ("run-01", 1, 0.0))]).examples
    assert tiny == "altered"


def test_rows_that_hold_nothing_but_their_key_are_there_or_not(kept):
    """As of a table of names that were taken."""
    names = Columns({"id": ColumnType.TEXT}, key="id", run="")
    held = kept(write("a", value=()), write("b", value=()), columns=names)
    figures = check(held, [pa.RecordBatch.from_pydict({"id": ["a"]})])
    assert (figures.ok, figures.examples) == (1, {"lost": ("b",)})


def test_the_same_key_twice_is_duplicated(checked):
    """A write must be there once."""
    figures = checked([write("a")], [row("a"), row("a"), row("a")])
    assert (figures.read, figures.duplicated, figures.ok) == (3, 1, 0)
    assert figures.examples == {"duplicated": ("a",)}


def test_requests_without_a_key_are_not_checked(checked):
    """Reads, and what changes no reading that is known by a key, are no matter of the set test."""
    limits = write("")._replace(value="")
    read, other = (write("a")._replace(operation=one) for one in ("read", "other"))
    none = dict.fromkeys(Figures.__dataclass_fields__, 0)
    told = {"keyless": 2, "keyless_writes": 1, "keyless_deletes": 1, "unread": 1, "examples": {}}
    assert checked([limits, read, delete(""), other], []) == Figures(**{**none, **told})


@pytest.mark.parametrize("value", ["12.5", "", "run-01|now|12.5", "run-01|1|12.5|x", "run-01|1|warm"])
def test_a_value_that_is_no_reading_is_refused(checked, value):
    """A profile whose context says something else cannot be checked, and must not pass unchecked."""
    with pytest.raises(RecordTrouble, match=r"line 3: a write whose value is not station\|at\|temperature"):
        checked([write("b"), write("a")._replace(value=value)], [])


def test_a_readback_is_read_to_its_proven_end(zipped):
    """Each row of the export becomes a reading."""
    path = zipped("r.gz", [HEADER, "run-01,1000,a,12.5", "# end,1"])
    assert [one for batch in table.read(path, READINGS) for one in batch.to_pylist()] == [row("a")]


def test_in_a_table_without_rows_everything_is_lost(kept, zipped):
    """And nothing else is said of it."""
    figures = check(kept(write("a")), table.read(zipped("r.gz", [HEADER, "# end,0"]), READINGS))
    assert (figures.read, figures.unexpected, figures.examples) == (0, 0, {"lost": ("a",)})


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([HEADER, "run-01,1000,a,12.5"], "cut short"),
        ([HEADER, "run-01,1000,a,12.5", "# end,7"], "does not end 1 row"),
        ([HEADER, "run-01,now,a,12.5", "# end,1"], "line 2: .*'now'"),
        ([HEADER, "run-01,1000,a,warm", "# end,1"], "line 2: .*'warm'"),
        (
            ["station,at,id", "run-01,1000,a", "# end,1"],
            "line 1: 'station,at,id' instead of the header station,at,id,temperature$",
        ),
    ],
)
def test_a_readback_that_is_not_whole_proves_nothing(kept, zipped, lines, said):
    """Half an export would make readings look lost that are there; it is refused instead."""
    with pytest.raises(RecordTrouble, match=said):
        check(kept(write("a")), table.read(zipped("r.gz", lines), READINGS))


def orders(requests, lapses=NEVER):
    """Every order in which some key's operations may have taken effect.

    Optional are the unacknowledged, and those that a restore may have undone.
    """

    def binding(one):
        undone = any(one.finished >= lapse.since and one.sent < lapse.until for lapse in lapses)
        return one.outcome == "ok" and not undone

    unsure = [one for one in requests if not binding(one)]
    sure = [one for one in requests if binding(one)]
    for done in chain.from_iterable(combinations(unsure, count) for count in range(len(unsure) + 1)):
        for order in permutations([*sure, *done]):
            backwards = any(
                later.outcome == "ok" and later.finished < earlier.sent
                for place, earlier in enumerate(order)
                for later in order[place + 1 :]
            )
            if not backwards:
                yield order


def naive(requests, rows, lapses):
    """The figures straight from their definitions, with every order of effects tried for every key."""
    ours = {one.value.split("|")[0] for one in requests if one.operation == "write"}
    found = dict.fromkeys(Figures.__dataclass_fields__, 0)
    del found["examples"]
    for key in {one.key for one in requests} | {one["id"] for one in rows}:
        operations = [one for one in requests if one.key == key]
        writes = [one for one in operations if one.operation == "write"]
        there = [tuple(map(str, (r["station"], r["at"], r["temperature"]))) for r in rows if r["id"] == key]
        if not writes:
            there = [value for value in there if value[0] in ours]
            found["read"] += len(there)
            found["unexpected"] += bool(there)
            continue
        finals = {order[-1] if order else None for order in orders(operations, lapses)}
        absent = any(one is None or one.operation == "delete" for one in finals)
        values = {tuple(one.value.split("|")): False for one in finals if one and one.operation == "write"}
        for one in finals:
            if one and one.operation == "write" and one.outcome == "ok":
                values[tuple(one.value.split("|"))] = True
        given = {tuple(one.value.split("|")) for one in writes}
        allowed = [value for value in there if value in values]
        altered = any(value not in given for value in there)
        found["attempted"] += 1
        found["expected"] += not absent
        found["compared"] += bool(there)
        acknowledged_delete = any(one.outcome == "ok" for one in operations if one.operation == "delete")
        found["withdrawn"] += absent and acknowledged_delete
        found["acknowledged"] += any(one.outcome == "ok" for one in writes)
        found["deleted"] += any(one.outcome == "ok" for one in operations if one.operation == "delete")
        found["read"] += len(there)
        found["ok"] += len(there) == len(allowed) == 1
        found["lost"] += not absent and not allowed and not altered
        found["recovered"] += bool(allowed) and not any(values[value] for value in allowed)
        found["duplicated"] += len(there) > 1
        found["altered"] += altered
        found["resurrected"] += absent and any(value in given and value not in values for value in there)
    return found


KEYS = ["a", "bcd", "key-of-more-than-eight-bytes", "ä"]
spans = st.tuples(st.integers(0, 6), st.integers(0, 3)).map(
    lambda span: {"sent": float(span[0]), "finished": float(sum(span))}
)
outcomes = st.sampled_from(["ok", "ok", "fail", "unknown"])
values = st.sampled_from([WARM, COLD, MILD])
operations = st.builds(
    lambda make, key, outcome, span: make(key, outcome, **span),
    st.one_of(st.just(delete), values.map(lambda value: lambda *a, **b: write(*a, value=value, **b))),
    st.sampled_from(KEYS),
    outcomes,
    spans,
)
lapses = st.lists(st.builds(Lapse, st.floats(0, 5), st.floats(3, 9)), max_size=2).map(tuple)
held = st.builds(row, st.sampled_from([*KEYS, "x", "y"]), values | st.just(("other-01", 1, 1.0)))


@settings(max_examples=400)
@given(st.lists(operations, max_size=10), st.lists(held, max_size=8), lapses)
@example([write("a"), delete("a", sent=2.0)], [row("a")], NEVER)
def test_the_checker_agrees_with_a_naive_model(checked, requests, rows, lapses):
    """Whatever was written, deleted, undone and read back, the fast figures are the defined ones."""
    per_key = [one.key for one in requests]
    requests = [one for at, one in enumerate(requests) if per_key[:at].count(one.key) < 5]
    figures = checked(requests, rows, lapses)
    wanted = naive(requests, rows, lapses)
    assert {name: getattr(figures, name) for name in wanted} == wanted
    kinds = ("lost", "unexpected", "duplicated", "altered", "resurrected")
    assert {kind: len(keys) for kind, keys in figures.examples.items()} == {
        kind: min(5, wanted[kind]) for kind in kinds if wanted[kind]
    }
    assert {key for keys in figures.examples.values() for key in keys} <= {*KEYS, "x", "y"}
