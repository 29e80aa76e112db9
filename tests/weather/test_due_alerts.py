"""Which alerts are due by the limits of the moment, and which may be: told from a ledger alone."""

import random
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


class Job:
    """What Flink does with one user's limits: the last word counts, and late ones for later readings."""

    def __init__(self):
        self.standing, self.seen, self.told = None, {}, set()

    def takes_limit(self, written, high):
        if self.standing is None or written > self.standing[0]:
            self.standing = written, high
            late = {key: each for key, (at, each) in self.seen.items() if at > written}
            self._judge(late)

    def takes_reading(self, key, written, temperature):
        self.seen[key] = written, temperature
        self._judge({key: temperature})

    def _judge(self, some):
        if self.standing:
            self.told |= {key for key, temperature in some.items() if temperature > self.standing[1]}


#: Draws of lots: no secrets are made of them. As many stories as catch a job that is behind for longer.
LOTS, MANY = random.Random(7), 4000  # noqa: S311


def story():
    """Pause before it, how long it took, when in that it was done, its clock, how far behind with it."""
    pause, took = LOTS.choice([0.0, 3.0, 50.0, 125.0, 200.0]), LOTS.choice([0.0, 5.0])
    return pause, took, *(LOTS.choice([0.0, 0.5, 1.0]) for _ in range(3))


def stories():
    changes = [
        (story(), LOTS.choice([20.0, 30.0]), LOTS.choice(["ok", "ok", "fail", "unknown"]))
        for _ in range(LOTS.randint(1, 5))
    ]
    return changes, [(story(), LOTS.choice([10.0, 25.0, 40.0])) for _ in range(LOTS.randint(1, 8))]


def test_no_job_that_does_as_it_is_told_is_accused():
    """However late each word comes, in whatever order: what is certain is told, and nothing else."""
    certain = 0
    for changes, taken in (stories() for _ in range(MANY)):
        asked, told = lived(changes, taken)
        due = {one.key: one.outcome for one in rule.due(asked)}
        sure = {key for key, outcome in due.items() if outcome == SURE}
        assert sure <= told <= due.keys(), (changes, taken)
        certain += len(sure)
    assert certain > MANY / 4


def lived(changes, taken):
    """What was asked, and whom the job told in the end."""
    asked, comes, now = [], [], 1000.0
    for (pause, took, share, clock, behind), high, how in changes:
        sent = now = now + pause
        asked.append(limit(sent, high, outcome=how)._replace(finished=sent + took))
        ends = took + (0 if how == "ok" else rule.GIVEN_UP)
        done = sent + share * ends
        if how == "ok" or clock > 0.5:
            written = done + (2 * clock - 1) * rule.CLOCKS * 0.99
            comes.append((done + behind * rule.BEHIND * 0.99, "takes_limit", (written, high)))
        now = sent + took + 0.01
    now = 1000.0
    for number, ((pause, took, share, _, behind), temperature) in enumerate(taken):
        sent = now = now + pause
        asked.append(reading(sent, temperature, key=f"r{number}")._replace(finished=sent + took))
        at = sent + share * took + behind * rule.BEHIND * 0.99
        comes.append((at, "takes_reading", (f"r{number}.ann", sent, temperature)))
    job = Job()
    for _, what, words in sorted(comes):
        getattr(job, what)(*words)
    return asked, job.told


@pytest.mark.parametrize(
    ("taken", "expected"), [(0.9, SURE), (-0.9, SURE), (-1.1, PERHAPS), (-3600, PERHAPS)]
)
def test_a_reading_that_is_sent_long_after_it_was_taken_is_due_by_nobody_knows_which_limit(taken, expected):
    """It counts by the limit of when it was taken, of which the time that it was sent says nothing."""
    sent = reading(1000, 31.0)
    late = sent._replace(value=f"S1|{(1000 + taken) * 1000:.0f}|31.0")
    assert outcome(limit(0, 30.0), late) == expected
    assert outcome(limit(0, 40.0), late) == NOT
