"""Which alerts are due by the limits of the moment, and which may be: told from a ledger alone."""

import sys
from types import SimpleNamespace

import pytest
from stacks import WEATHER

from slaharness.ledger.ledger import Request

rule = sys.modules[type(WEATHER).__module__].due_alerts
SURE, PERHAPS, NOT = "ok", "unknown", None


def limit(at, high="", low="", *, user="ann", station="S1", outcome="ok", name=rule.SET):
    value = "" if name == rule.DROP else f"{high}|{low}"
    return Request(at, at, at + 0.1, name, "other", f"{station}/{user}", value, outcome, 200)


def reading(at, temperature, *, key="r1", station="S1", outcome="ok"):
    value = f"{station}|{at * 1000:.0f}|{temperature}"
    return Request(at, at, at + 0.1, "post reading", "write", key, value, outcome, 201)


def outcome(*asked):
    """Of the one alert that there may be."""
    found = list(WEATHER.due("alerts", asked))
    assert len(found) < 2
    return found[0].outcome if found else NOT


def test_a_due_alert_is_told_as_a_write_of_its_row():
    """Since when it is due is when the reading was acknowledged; how it is known is the stack's own way."""
    (alert,) = WEATHER.due("alerts", [limit(0, 30.0), reading(1000, 31.5)])
    assert alert == Request(
        1000, 1000, 1000.1, "alert", "write", "r1.ann", "ann|S1|1000000|31.5", "ok", 0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("temperature", "sides", "expected"),
    [
        (31.0, {"high": 30.0}, SURE), (30.0, {"high": 30.0}, NOT), (29.0, {"high": 30.0}, NOT),
        (-5.0, {"low": -4.0}, SURE), (-4.0, {"low": -4.0}, NOT), (50.0, {"low": -4.0}, NOT),
        (31.0, {"high": 30, "low": 0}, SURE), (-1.0, {"high": 30, "low": 0}, SURE),
    ],
)  # fmt: skip
def test_beyond_is_above_the_high_or_below_the_low_one(temperature, sides, expected):
    """A limit itself is not beyond it; a side that is not given bounds nothing."""
    assert outcome(limit(0, **sides), reading(1000, temperature)) == expected


def test_each_user_has_limits_of_their_own_for_each_station():
    asked = [
        limit(0, 30.0), limit(0, 40.0, user="bob"), limit(0, 10.0, user="cid", station="S2"),
        limit(0, 20.0, user="eve"), reading(1000, 31.0),
    ]  # fmt: skip
    assert [one.key for one in WEATHER.due("alerts", asked)] == ["r1.ann", "r1.eve"]


@pytest.mark.parametrize(
    ("before", "after", "temperature", "gap", "expected"),
    [
        # Taken after a change: by the new limit, whenever that gets there; the old one may still be applied.
        (40.0, 30.0, 35.0, 3, SURE), (40.0, 30.0, 35.0, 300, SURE),
        (30.0, 40.0, 35.0, 3, PERHAPS), (30.0, 40.0, 35.0, 300, NOT),
        # Taken before it: a job that is behind knows the new one by then.
        (40.0, 30.0, 35.0, -3, PERHAPS), (40.0, 30.0, 35.0, -300, NOT),
        (30.0, 40.0, 35.0, -3, PERHAPS), (30.0, 40.0, 35.0, -300, SURE),
        # While it is made: either.
        (30.0, 40.0, 35.0, 0, PERHAPS), (40.0, 30.0, 35.0, 0, PERHAPS),
        # What is beyond both, or neither, is certain at any time.
        (30.0, 40.0, 45.0, 0, SURE), (30.0, 40.0, 45.0, -3, SURE), (30.0, 40.0, 25.0, 3, NOT),
    ],
)  # fmt: skip
def test_around_a_change_only_what_all_limits_agree_on_is_known(before, after, temperature, gap, expected):
    """Changed at 2000: both limits may be applied to readings around it."""
    asked = [limit(0, before), limit(2000, after), reading(2000 + gap, temperature)]
    assert outcome(*asked) == expected


def test_readings_from_before_the_first_limit_are_not_due():
    """Nor certainly not, as long as a job that is behind may hold them against it."""
    assert outcome(limit(2000, 30.0), reading(1000, 31.0)) is NOT
    assert outcome(limit(2000, 30.0), reading(1995, 31.0)) == PERHAPS


def test_whoever_wants_no_more_alerts_gets_none_after_a_while():
    asked = [limit(0, 30.0), limit(2000, name=rule.DROP)]
    assert outcome(*asked, reading(1000, 31.0)) == SURE
    assert outcome(*asked, reading(2010, 31.0)) == PERHAPS
    assert outcome(*asked, reading(2300, 31.0)) is NOT


@pytest.mark.parametrize("how", ["unknown", "fail"])
def test_a_change_without_a_good_answer_may_have_been_made(how):
    """Until there is a certain one after it."""
    unsure = [limit(0, 30.0), limit(1000, 40.0, outcome=how)]
    assert outcome(*unsure, reading(3000, 35.0)) == PERHAPS
    assert outcome(*unsure, reading(3000, 45.0)) == SURE
    assert outcome(*unsure, limit(2000, 30.0), reading(3000, 35.0)) == SURE


@pytest.mark.parametrize("how", ["unknown", "fail"])
def test_a_reading_without_a_good_answer_may_be_due(how):
    """It may have been kept; if it was not beyond, it is not due whatever became of it."""
    assert outcome(limit(0, 30.0), reading(1000, 31.0, outcome=how)) == PERHAPS
    assert outcome(limit(0, 30.0), reading(1000, 29.0, outcome=how)) is NOT


def test_a_corrected_or_withdrawn_reading_may_be_due_by_any_of_its_words():
    """Which of them was heard first, nobody knows; neither may be told that was never sent."""
    asked = [limit(0, 30.0), reading(1000, 31.0), reading(1006, 33.0)]
    found = list(WEATHER.due("alerts", asked))
    assert {one.outcome for one in found} == {PERHAPS}
    assert [one.value.rpartition("|")[2] for one in found] == ["31.0", "33.0"]
    withdrawn = reading(1006, 0.0)._replace(operation="delete", value="")
    assert outcome(limit(0, 30.0), reading(1000, 31.0), withdrawn) == PERHAPS
    assert outcome(limit(0, 30.0), reading(1000, 29.0), withdrawn) is NOT
    assert outcome(limit(0, 30.0), withdrawn) is NOT


def test_other_stages_hold_what_was_written():
    assert WEATHER.due("messages", []) is None
    assert WEATHER.due("lake", []) is None


def test_what_is_kept_for_users_is_a_stage_where_somebody_keeps_it():
    """Its rows are alerts; whoever keeps them tells of them."""
    asked = []

    def there(*_):
        return SimpleNamespace()

    def endpoint(*where):
        asked.append(where)
        raise ConnectionError

    api = SimpleNamespace(
        apps=SimpleNamespace(read_namespaced_deployment=there, read_namespaced_stateful_set=there),
        endpoint=endpoint,
    )
    columns = WEATHER.pipeline(api)["alerts"]
    assert (columns.key, columns.values) == ("id", ("user", "station", "at", "temperature"))
    with pytest.raises(ConnectionError):
        WEATHER.read_stage(api, "alerts", None)
    assert asked == [("application", "notify", 8000)]
