"""Each check as a test's body asks it: durations in words, the record's own events, series and intervals."""

from dataclasses import replace
from math import inf
from types import SimpleNamespace

import pytest

from slaharness.checks.registry import heard, known
from slaharness.checks.scale_to_zero import REPLICAS
from slaharness.errors import BadInput, RecordTrouble
from slaharness.events import (
    ACCEPTED,
    ASLEEP,
    DONE,
    FIRST_SUCCESS,
    LOOKED,
    POD_CREATED,
    PODS_READY,
    REFUSED,
    STRUCK,
    WATCHED_UNTIL,
    WORK_ARRIVED,
    WORK_BEGAN,
    WORK_ENDED,
)
from slaharness.ledger.witness.load_clock import Offset
from slaharness.metrics.evidence import Series
from slaharness.model import FAULT, RECOVERY, Event, Outcome, Timeline, Verdict, Verdicts

MET, MISSED, UNKNOWN = Outcome
WATCHED = Event(1110.0, WATCHED_UNTIL, "application/forecast")
LABELS = {"__name__": REPLICAS, "namespace": "application", "deployment": "forecast"}


def counts(count, every=1):
    """So many pods, as ``count`` says, scraped ``every`` so many seconds."""
    return Series(LABELS, tuple((float(at), float(count(at))) for at in range(990, 1120, every)))


def asked(name, *words, events=(), series=(), interval=1.0, fault=None, **limits):
    record = SimpleNamespace(
        timeline=Timeline(events=tuple(events)),
        series=tuple(series),
        record=SimpleNamespace(interval=interval),
        fault=fault,
        doubts="",
    )
    return known()[name](record, *words, **limits)


GROWING = (
    Event(1000.0, WORK_BEGAN),
    Event(1000.0, PODS_READY, "9"),
    Event(1006.0, PODS_READY, "2"),
    Event(1009.0, PODS_READY, "3"),
    Event(1045.0, WORK_ENDED, "1100"),
    WATCHED,
)


@pytest.mark.parametrize(("within", "outcome"), [("9s", MET), ("8s", MISSED), (9, MET)])
def test_scaled_out(within, outcome):
    """What was ready before the work began is none of it."""
    series = [counts(lambda at: 3 * (at > 1005))]
    assert asked("scaled_out", events=GROWING, series=series, to=3, within=within).outcome is outcome


def test_scaled_out_in_work_as_long_as_the_limit_is_known():
    """It might have grown yet only where the work ended before."""
    for within, outcome in (("45s", MISSED), ("46s", UNKNOWN)):
        found = asked("scaled_out", events=GROWING, to=4, within=within)
        assert found.outcome is outcome
    assert found.reason == "3 pods ready at most in 45 s of work"
    none = [one for one in GROWING if one.name != PODS_READY]
    assert asked("scaled_out", events=none, to=4, within=9).reason.startswith("0 pods ready at most")
    refused = [*GROWING, Event(1001.0, REFUSED), Event(1002.0, REFUSED)]
    found = asked("scaled_out", events=refused, series=[counts(lambda _: 3)], to=3, within=9)
    assert found.reason == "3 pods ready after 9.0 s of work; 1100 answered, 2 refused"


def test_scaled_in_by_the_interval_of_the_record():
    """Every fifth second is all that was promised."""
    seldom = [counts(lambda at: 3 * (at < 1065), every=5)]
    shrunk = (*GROWING, Event(1064.0, PODS_READY, "0"))
    found = asked("scaled_in", events=shrunk, series=seldom, interval=5.0, to=0, within="45s")
    assert found.outcome is MET
    assert asked("scaled_in", events=shrunk, series=seldom, to=0, within="45s").outcome is UNKNOWN


SLEEPING = (Event(1000.0, WORK_ENDED, "1"), Event(1015.0, ASLEEP), WATCHED)


@pytest.mark.parametrize(("within", "outcome"), [("15s", MET), ("14s", MISSED)])
def test_scaled_to_zero(within, outcome):
    """By the interval of the record, too."""
    every = [counts(lambda at: at < 1015)]
    assert asked("scaled_to_zero", events=SLEEPING, series=every, within=within).outcome is outcome
    seldom = [counts(lambda at: at < 1015, every=5)]
    assert asked("scaled_to_zero", events=SLEEPING, series=seldom, within=within).outcome is UNKNOWN
    found = asked("scaled_to_zero", events=SLEEPING, series=seldom, interval=5.0, within=within)
    assert found.outcome is outcome


def test_stayed_awake_through_the_fault_of_the_run():
    """Without one, nothing was put to the test."""
    series = [counts(lambda _: 1)]
    fault = SimpleNamespace(started=1020.0)
    assert asked("stayed_awake", events=GROWING, series=series, fault=fault).outcome is MET
    found = asked("stayed_awake", events=GROWING, series=series)
    assert (found.outcome, found.reason) == (UNKNOWN, "the fault did not strike while work went on")


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ({"within": "3s", "tasks": 2}, MET),
        ({"within": "2s", "tasks": 2}, MISSED),
        ({"within": "3s", "tasks": 3}, UNKNOWN),
    ],
)
def test_drained(limits, outcome):
    events = [Event(1000.0 + n, ACCEPTED, str(n)) for n in range(2)]
    events += [Event(1003.0 + n, DONE, str(n)) for n in range(2)]
    assert asked("drained", events=[*events, Event(1100.0, LOOKED)], **limits).outcome is outcome


@pytest.mark.parametrize("lost", [0, 1])
def test_work_that_was_looked_for_as_long_as_it_had_is_known(lost):
    """Looked for at the very end of its time: what was not done then is lost; what was is told."""
    events = [
        Event(1000.0, ACCEPTED, "a"),
        *([] if lost else [Event(1001.0, DONE, "a")]),
        Event(1030.0, LOOKED),
    ]
    found = asked("drained", events=events, within="30s", tasks=1)
    assert found.outcome is (MISSED if lost else MET)
    assert found.seen == ("none" if lost else "1.0 s")
    assert found.figures["slowest (s)"] == (None if lost else 1.0)


def wake(at, refused=0):
    pod = Event(at + 1.0, POD_CREATED, "application/forecast-7f9c6d5b4-abcde")
    turned = [Event(at + 0.5, REFUSED)] * refused
    return [Event(at, WORK_ARRIVED), pod, *turned, Event(at + 3.0, FIRST_SUCCESS)]


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ({"within": "3s", "wakes": 2, "refused": 1}, MET),
        ({"within": "3s", "wakes": 2}, MISSED),
        ({"within": "2s", "wakes": 2, "refused": 1}, MISSED),
        ({"within": "3s", "wakes": 3, "refused": 1}, UNKNOWN),
        ({"within": "3s", "refused": 1}, UNKNOWN),
    ],
)
def test_cold_started(limits, outcome):
    """Ten wakes unless fewer are asked for, and none refused unless some may be."""
    events = [*wake(1000.0), *wake(1050.0, refused=1), WATCHED]
    assert asked("cold_started", events=events, **limits).outcome is outcome


def test_fewer_than_one_wake_is_no_question():
    assert asked("cold_started", events=[*wake(1000.0), WATCHED], within=3, wakes=1).outcome is MET
    with pytest.raises(BadInput, match=r"cold_started\(wakes=0\): ask for one or more"):
        asked("cold_started", within=3, wakes=0)


def test_ten_wakes_are_enough_when_none_is_named():
    events = [event for number in range(10) for event in wake(100.0 * number)]
    watched = replace(WATCHED, at=9999.0)
    assert asked("cold_started", events=[*events, watched], within=3).outcome is MET


def test_retried():
    """Of backups or restores, and of nothing else."""
    events = [Event(10, "restore began"), Event(13, STRUCK, "x"), Event(15, "restore failed", "away"),
              Event(30, "restore finished")]  # fmt: skip
    assert asked("retried", "restore", events=events).outcome is MET
    assert asked("retried", "backup", events=events).outcome is UNKNOWN
    with pytest.raises(BadInput, match="ask for 'backup' or 'restore'"):
        asked("retried", "everything")


STORY = (
    Event(100, "backup began", "b1"),
    Event(104, "backup finished", '{"name": "b1", "bytes": 1, "objects": 1, "tables": ["w.r"]}'),
    Event(130, "storage lost",
          '{"claims": {"d": "old"}, "volumes": {"p": "v"}, "directories": ["/d"], "left": []}'),
    Event(140, "restore began", "b1"),
    Event(170, "restore finished", '{"name": "b1", "bytes": 1, "tables": ["w.r"], "claims": {"d": "new"}}'),
    Event(171.5, "first verified read", ""),
)  # fmt: skip


class Unread:
    """A record whose ledger cannot be read, and whose clocks are so far apart."""

    doubts = clocks_doubt = ""

    def __init__(self, clock, *events):
        self.load_clock, self.timeline, self.readback = clock, Timeline(events=events), None

    @property
    def written(self):
        raise RecordTrouble("ledger.csv.gz: cut short")


@pytest.mark.parametrize("clock", [None, Offset(-inf, 0.1), Offset(3.0, 3.1), Offset(-0.1, 0.1)])
def test_restored_needs_a_ledger(clock):
    """Whatever is known of the clocks. How long it took is known without it."""
    found = {one.objective: one for one in known()["restored"](Unread(clock, *STORY), rpo="60s", rto="2m")}
    assert [one.outcome for one in found.values()] == [UNKNOWN, UNKNOWN, MET, MET]
    assert found["rpo"].reason == "ledger.csv.gz: cut short"
    assert (found["rpo"].target, found["rto"].target) == ("≤ 60 s", "≤ 120 s")


def test_a_restore_that_failed_is_missed_and_one_that_is_not_told_unknown():
    failed = Event(180, "restore failed", "checksum of x")
    found = known()["restored"](Unread(None, *STORY, failed), rpo="60s", rto="2m")
    assert [one.outcome for one in found] == [MISSED] * 3 + [UNKNOWN]
    assert found[0].reason == "the restore failed: checksum of x"
    found = known()["restored"](Unread(None, *STORY[:4]), rpo="60s", rto="2m")
    assert [one.outcome for one in found] == [UNKNOWN] * 4
    assert "'restore finished'" in found[0].reason


ANSWER = Verdict("a", FAULT, MET, "", "", None, "")


def test_an_answer_is_verdicts():
    """One or several; in doubt each is UNKNOWN for that reason."""
    two = Verdicts([ANSWER, replace(ANSWER, objective="b")])
    assert heard(ANSWER, "") == ANSWER
    assert heard(tuple(two), "") == two
    found = heard(two, "no fault was injected")
    assert [(one.objective, one.outcome, one.reason) for one in found] == [
        ("a", UNKNOWN, "no fault was injected"), ("b", UNKNOWN, "no fault was injected"),
    ]  # fmt: skip
    for answer in (True, (), (ANSWER, True), "MET", None):
        with pytest.raises(BadInput, match="a check answers with a Verdict or Verdicts"):
            heard(answer, "")


def test_a_check_of_several_verdicts_that_breaks_is_several_unknowns():
    """Each by its name, over the window that was asked about, with the limits as they were given."""
    found = known()["restored"](SimpleNamespace(doubts=""), rpo="60s", rto="2m")
    assert [one.objective for one in found] == ["restored-content", "rpo", "rto", "storage-gone"]
    assert {one.outcome for one in found} == {UNKNOWN}
    assert found[0].target == "rpo 60s, rto 2m"
    two = known()["arrived"](SimpleNamespace(doubts=""), "lake", within=1)
    assert [one.objective for one in two] == ["lake-content", "lake-freshness"]
    assert found[0].phase is RECOVERY
    record = SimpleNamespace(timeline=Timeline(), fault=None)
    one = known()["costs"](SimpleNamespace(doubts="", record=record), at_most=1, over="RECOVERY")
    assert (one.phase, one.target) == (RECOVERY, "at most 1, over RECOVERY")
