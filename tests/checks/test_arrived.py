"""The verdicts on a later stage: each known good, known bad, and UNKNOWN."""

import gzip
from dataclasses import replace

import numpy as np
import pytest
from ledgers import READINGS

from slaharness.checks.arrived import Seen, arrived, judge_arrived
from slaharness.errors import Inconclusive
from slaharness.events import NO_STAGE
from slaharness.ledger.arrivals import Arrivals
from slaharness.ledger.checker import Figures
from slaharness.ledger.ledger import HEADER, Request, save, words
from slaharness.ledger.witness.load_clock import Offset
from slaharness.model import RECOVERY, Measurement, Outcome, Scenario, Timeline
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.saved_run import SavedRun
from slaharness.record.store import RecordStore

MET, MISSED, UNKNOWN = Outcome
GOOD = {
    "attempted": 1000, "acknowledged": 1000, "deleted": 0, "read": 1000, "ok": 1000, "lost": 0,
    "recovered": 0, "unexpected": 0, "duplicated": 0, "altered": 0, "resurrected": 0, "expected": 1000,
    "compared": 1000, "withdrawn": 0, "keyless": 0, "unread": 0, "keyless_writes": 0, "keyless_deletes": 0,
    "examples": {},
}  # fmt: skip
LAGS = np.linspace(0.1, 4.0, 1000)
AGREED, APART = Offset(-0.1, 0.1), Offset(29.9, 30.1)


def judged(*, lags=LAGS, missing=(), early=0.0, within=10.0, clocks="", derived=False, **figures):
    times = Arrivals(np.asarray(lags), np.asarray(missing, float), early)
    seen = Figures(**{**GOOD, **figures})
    sure = replace(seen, lost=seen.lost - sum(one < within for one in missing))
    return judge_arrived(Seen(seen, sure, times, clocks, derived), "topic", within)


def outcomes(verdicts):
    return [one.outcome for one in verdicts]


def test_all_there_in_time_is_met_with_its_figures():
    """How soon is told as well as that."""
    content, freshness = found = judged()
    assert found
    assert (content.objective, content.target, content.seen) == ("topic-content", "all in topic", "all there")
    assert content.reason == "0 of 1,000 acknowledged writes are lost, altered or doubled"
    assert (freshness.objective, freshness.target, freshness.seen) == (
        "topic-freshness", "in topic ≤ 10 s", "4.0 s",
    )  # fmt: skip
    assert freshness.figures["p95 (s)"] == pytest.approx(3.8, abs=0.01)


def test_each_stage_has_verdicts_of_its_own():
    """What is kept of a run by the names of its verdicts would else be the last stage's only."""
    none = Arrivals(np.asarray([]), np.asarray([]), 0.0)
    for seen in (Seen(Figures(**GOOD), Figures(**GOOD), none, ""), "nobody knows"):
        names = [one.objective for one in judge_arrived(seen, "lake", 10.0)]
        assert names == ["lake-content", "lake-freshness"]


def test_one_that_is_missing_after_the_limit_is_lost():
    """One of a thousand, with the number in words."""
    content, freshness = judged(lost=1, missing=[30.0])
    assert (content.outcome, freshness.outcome) == (MISSED, MISSED)
    assert freshness.reason.startswith("1 of 1,001 came later than that or not at all")
    assert content.reason == "1 of 1,000 acknowledged writes are lost"


def test_what_is_missing_within_the_limit_is_late_and_nobody_knows():
    """The stage may still be at it: neither a yes nor a no."""
    content, freshness = judged(lost=2, missing=[3.0, 9.5])
    assert outcomes([content, freshness]) == [UNKNOWN, UNKNOWN]
    assert "2 of 1,000 acknowledged writes had not come" in content.reason


def test_late_ones_hide_no_lost_one():
    """One under way, one overdue: one is lost."""
    content, _ = judged(lost=2, missing=[3.0, 30.0])
    assert (content.outcome, content.figures["lost"]) == (MISSED, 1.0)


def test_a_stale_row_is_lost_though_its_key_is_there():
    """Nothing of that key is missing, only its last word."""
    assert judged(lost=1)[0].outcome is MISSED


@pytest.mark.parametrize("kind", ["altered", "unexpected", "duplicated", "resurrected"])
def test_one_row_that_is_not_as_it_was_is_missed(kind):
    """Whatever is wrong with it, by its name."""
    content, _ = judged(**{kind: 1})
    assert content.outcome is MISSED
    assert f"1 are {kind}" in content.reason


def test_one_that_came_later_than_allowed_is_missed():
    """Late is not lost: the content is whole. What may still come in time is told beside it."""
    content, freshness = judged(lags=[*LAGS, 12.0])
    assert outcomes([content, freshness]) == [MET, MISSED]
    assert freshness.reason.startswith("1 of 1,001 came later than that")
    both = judged(lags=[*LAGS, 12.0], missing=[3.0, 30.0], lost=2)[1]
    assert both.outcome is MISSED
    assert both.reason.startswith(
        "2 of 1,003 came later than that or not at all: 1 had not come yet, and still may in time; half in"
    )


def test_at_its_limit_a_write_is_in_time_when_it_came_and_overdue_when_not():
    """The same instant, seen from either side."""
    assert outcomes(judged(lags=[*LAGS, 10.0])) == [MET, MET]
    assert outcomes(judged(lost=1, missing=[10.0])) == [MISSED, MISSED]


def test_too_few_to_conclude_from():
    """A hundred at least, as for the database itself."""
    assert outcomes(judged(lags=LAGS[:100], expected=100)) == [MET, MET]
    content, freshness = judged(lags=LAGS[:99], expected=99)
    assert (content.outcome, content.seen, content.requests) == (UNKNOWN, "not known", 99)
    assert content.reason == "only 99 of 100 acknowledged writes had to be there"
    assert (freshness.outcome, freshness.seen, freshness.requests) == (UNKNOWN, "none", 99)
    assert freshness.reason == "only 99 of 100 acknowledged writes came, too few to tell how soon"


def test_clocks_that_are_apart_tell_no_times():
    """What came before it was sent came by another clock; a quarter of a second may be rounding."""
    assert outcomes(judged(early=0.25)) == [MET, MET]
    assert outcomes(judged(early=0.3)) == [MET, UNKNOWN]


@pytest.mark.parametrize(
    ("figures", "outcome", "reason"),
    [
        ({"lost": 1}, UNKNOWN, "1 of 1,000 acknowledged writes are lost, or only late: nobody knows"),
        ({"altered": 2}, MISSED, "2 are altered"),
        ({"lost": 1, "altered": 2}, MISSED, "1 of 1,000 acknowledged writes are lost; 2 are altered"),
    ],
)
def test_clocks_that_are_apart_excuse_what_may_be_late_and_nothing_else(figures, outcome, reason):
    """An altered row is one by any clock."""
    content, _ = judged(clocks="nobody knows", **figures)
    assert (content.outcome, content.reason) == (outcome, reason)


def test_what_may_have_been_due_is_told_and_not_judged():
    """Of what follows from writes; of writes themselves, those without an answer are nobody's news here."""
    content, freshness = judged(derived=True, attempted=1012)
    assert outcomes([content, freshness]) == [MET, MET]
    assert content.reason == (
        "0 of 1,000 effects of acknowledged writes are lost, altered or doubled; "
        "12 more were perhaps due, which is told and not judged"
    )
    assert content.figures["perhaps due"] == 12
    assert judged(attempted=1012)[0].reason == judged()[0].reason
    lost = judged(derived=True, attempted=1012, lost=1, missing=[30.0])[0]
    assert lost.outcome is MISSED
    assert lost.reason.startswith("1 of 1,000 effects of acknowledged writes are lost; 12 more were perhaps")


def test_examples_are_named():
    content, _ = judged(altered=2, examples={"altered": ("k1", "k2")})
    assert (content.seen, content.reason) == ("not as sent", "2 are altered, for example k1, k2")


def test_writes_that_nobody_could_look_for_are_not_passed_over():
    assert judged(keyless=3)[0].outcome is UNKNOWN


@pytest.fixture
def record(tmp_path, monkeypatch):
    """A run of two hundred acknowledged writes whose stage held all but so many, read at 100."""

    def make(lacking=0, *, read=True, failed="", arrive=1.0, clock=AGREED, other=None, due=None, later=()):
        monkeypatch.setattr(SavedRun, "load_clock", clock)
        store = RecordStore.create(tmp_path, "kill")
        keys = [f"k{number}" for number in range(200)]
        asked = [Request(1, 1, 2, "post", "write", key, "run|1000|1.5", "ok", 201) for key in keys]
        asked += later
        lines = (",".join(map(str, one)) for one in asked)
        text = "\n".join([",".join(HEADER), *lines, f"# end,{len(asked)}", ""])
        store.ledger.write_bytes(gzip.compress(text.encode()))
        there = keys[lacking:]
        rows = [f"run,1000,{key},1.5,{int((2 + arrive) * 1000)}" for key in there]
        text = "\n".join([",".join([*READINGS.types, "arrived"]), *rows, f"# end,{len(rows)}", ""])
        store.stage("topic").write_bytes(gzip.compress(text.encode()))
        if due is not None:
            fates = ((one, due(number)) for number, one in enumerate(asked))
            save(store.due("topic"), [one._replace(outcome=fate) for one, fate in fates if fate])
        recorder = RunRecorder(store, RunRecord(Scenario("kill", "load", "kill"), "r1"))
        if read:
            recorder.passed_to("topic", READINGS, 50.0)
            recorder.passed_to("topic", READINGS, 100.0)
        if other:
            store.stage("lake").write_bytes(store.stage("topic").read_bytes())
            recorder.passed_to("lake", READINGS, other)
        if failed:
            recorder.event(NO_STAGE, failed)
        store.save_objectives({})
        return SavedRun(store)

    return make


def test_a_record_answers_by_itself(record):
    """Ledger and stage are in it, and nothing else is asked: the doubts of such a run aside."""
    found = judge(record(), within="10s")
    assert outcomes(found) == [MET, MET]
    assert outcomes(judge(record(lacking=1), within="10s")) == [MISSED, MISSED]
    assert outcomes(judge(record(arrive=11.0), within="10s")) == [MET, MISSED]


def test_a_stage_that_was_put_into_the_record_later_proves_nothing(record):
    """The run told what it kept. Records of older days did not, and are believed."""
    whole = record()
    content = whole.store.stage("topic").read_bytes()
    short = record(lacking=1)
    told = short.record.held["topic"]
    assert sorted(told) == ["ledger.csv.gz", "stage-topic.csv.gz"]
    short.store.stage("topic").write_bytes(content)
    found = judge(SavedRun(short.store), within="10s")
    assert outcomes(found) == [UNKNOWN, UNKNOWN]
    assert found[0].reason == "not what was kept when topic was read: stage-topic.csv.gz"
    for version, outcome in ((1, MET), (2, UNKNOWN)):
        short.store.save_record(replace(short.record, held={}, version=version))
        assert judge(SavedRun(short.store), within="10s")[0].outcome is outcome


def test_what_was_due_may_not_come_or_go_later(record):
    """It decides what had to come."""
    due = record(lacking=95, due=lambda one: "unknown" if one < 95 else "ok")
    due.store.due("topic").unlink()
    assert outcomes(judge(SavedRun(due.store), within="10s")) == [UNKNOWN, UNKNOWN]
    plain = record(lacking=1)
    save(plain.store.due("topic"), list(words(plain.store.ledger))[1:])
    found = judge(SavedRun(plain.store), within="10s")
    assert outcomes(found) == [UNKNOWN, UNKNOWN]
    assert "due-topic.csv.gz" in found[0].reason


def test_what_was_due_is_bound_to_the_ledger_that_it_follows_from(record):
    """With another run's ledger it proves nothing. Older records tell the ledger with their figures."""
    due = record(due=lambda one: "ok")
    assert outcomes(judge(due, within="10s")) == [MET, MET]
    asked = list(words(due.store.ledger))
    told = {"ledger.csv.gz sha256": due.record.held["topic"]["ledger.csv.gz"]}
    save(due.store.ledger, asked[1:])
    found = judge(SavedRun(due.store), within="10s")
    assert outcomes(found) == [UNKNOWN, UNKNOWN]
    assert found[0].reason == "not what was kept when topic was read: ledger.csv.gz"
    held = {"topic": {name: one for name, one in due.record.held["topic"].items() if name != "ledger.csv.gz"}}
    due.store.save_record(replace(due.record, held=held, version=2))
    assert outcomes(judge(SavedRun(due.store), within="10s")) == [MET, MET]
    figures = [Measurement("lost", RECOVERY, 0.0, total=1.0, evidence=told)]
    due.store.save_measurements(tuple(figures))
    due.store.save_record(replace(due.record, held=held, version=2, finished=True))
    found = judge(SavedRun(due.store), within="10s")
    assert outcomes(found) == [UNKNOWN, UNKNOWN]
    assert "is not what the run's figures were measured from" in found[0].reason


def test_a_record_answers_by_what_was_due_on_its_day(record):
    """Good, bad and not known, of what follows from writes: with no stack beside it, nor its rule."""
    good = judge(record(lacking=50, due=lambda one: "unknown" if one < 90 else "ok"), within="10s")
    assert outcomes(good) == [MET, MET]
    assert "90 more were perhaps due" in good[0].reason
    bad = judge(record(lacking=95, due=lambda one: "unknown" if one < 90 else "ok"), within="10s")
    assert outcomes(bad) == [MISSED, MISSED]
    assert bad[0].reason.startswith("5 of 110 effects of acknowledged writes are lost, for example k90, k91")
    few = judge(record(lacking=50, due=lambda one: "unknown" if one < 101 else "ok"), within="10s")
    assert outcomes(few) == [UNKNOWN, UNKNOWN]
    assert few[0].reason.startswith("only 99 of 100 effects of acknowledged writes had to be there")


def test_what_was_never_due_is_unexpected(record):
    """A stage that has more than follows is as wrong as one that has less."""
    content, _ = judge(record(due=lambda one: "ok" if one < 150 else ""), within="10s")
    assert (content.outcome, content.reason[:27]) == (MISSED, "50 are unexpected, for exam")


def test_a_record_that_is_not_told_whole_what_was_due_is_unknown(record):
    """Half a file is no evidence of wrong rows."""
    run = record(due=lambda _: "ok")
    path = run.store.due("topic")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-9]))
    assert outcomes(judge(run, within="10s")) == [UNKNOWN, UNKNOWN]


def test_the_latest_reading_of_a_stage_counts(record):
    """Read at 100, not at 50, nor when another was: what was acknowledged at 2 is 98 s old."""
    assert judge(record(lacking=1, other=300.0), within="97s")[0].outcome is MISSED
    assert judge(record(lacking=1, other=300.0), within="99s")[0].outcome is UNKNOWN


@pytest.mark.parametrize("clock", [None, APART])
def test_clocks_that_the_record_calls_apart_tell_neither_late_nor_in_time(record, clock):
    """What is there is there by any clock; what is not may only be late by one of them."""
    assert outcomes(judge(record(clock=clock), within="10s")) == [MET, UNKNOWN]
    assert outcomes(judge(record(clock=clock, arrive=31.0), within="10s")) == [MET, UNKNOWN]
    assert outcomes(judge(record(lacking=1, clock=clock), within="10s")) == [UNKNOWN, UNKNOWN]


def test_a_stack_without_that_stage_is_unknown(record):
    """An optional part that is not there is no error and no pass."""
    found = judge(record(read=False), within="10s")
    why = "the stack does not say how what reached topic is read back"
    assert [(one.objective, one.outcome, one.target, one.seen, one.reason) for one in found] == [
        ("topic-content", UNKNOWN, "all in topic", "none", why),
        ("topic-freshness", UNKNOWN, "in topic ≤ 10 s", "none", why),
    ]
    with pytest.raises(Inconclusive):
        bool(found)


def test_a_stage_that_could_not_be_read_is_unknown_with_the_reason(record):
    """With its own, not with that of one whose name begins alike."""
    found = judge(record(read=False, failed="topic could not be read: 503"), within="10s")
    assert found[0].reason == "topic could not be read: 503"
    for other in ("lake could not be read: 503", "topic2 could not be read: 503"):
        found = judge(record(read=False, failed=other), within="10s")
        assert found[0].reason == "the stack does not say how what reached topic is read back"


@pytest.mark.parametrize(
    "half", [{"pipeline": {}}, {"timeline": Timeline()}], ids=["no columns", "no instant"]
)
def test_a_record_that_tells_half_of_a_reading_tells_none(record, half):
    """What its rows are made of, and when they were read: one without the other says nothing."""
    store = record().store
    store.save_record(replace(store.record(), **half))
    found = judge(SavedRun(store), within="10s")
    assert outcomes(found) == [UNKNOWN, UNKNOWN]
    assert "does not say how what reached topic is read back" in found[0].reason


def test_a_stage_cut_short_is_unknown(record):
    """Half a file is no evidence of loss."""
    run = record()
    path = run.store.stage("topic")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-9]))
    assert outcomes(judge(run, within="10s")) == [UNKNOWN, UNKNOWN]


def judge(run, **limits):
    """Without the doubts that a run without windows has."""
    run.doubts = ""
    return arrived(run, "topic", **limits)


@pytest.mark.parametrize(("keyless", "outcome"), [(1, UNKNOWN), (0, MISSED)])
def test_a_row_that_a_write_without_a_key_may_have_made_is_not_surely_wrong(keyless, outcome):
    """Its key was made on the way, and nobody knows it."""
    content, _ = judged(unexpected=1, keyless_writes=keyless)
    assert content.outcome is outcome
    assert judged(unexpected=1, duplicated=1, keyless_writes=1)[0].outcome is MISSED


def test_how_soon_writes_came_that_say_no_key_is_not_known():
    content, freshness = judged(keyless=3)
    for one in (content, freshness):
        assert (one.outcome, one.reason) == (
            UNKNOWN, "3 acknowledged writes say no key: nobody looked for them",
        )  # fmt: skip
    assert judged(keyless=3, lags=[*LAGS, 12.0])[1].outcome is MISSED


CORRECTED = Request(96, 96, 97, "put", "write", "k7", "run|1000|9.5", "ok", 200)
WITHDRAWN = Request(96, 96, 97, "drop", "delete", "k7", "", "ok", 204)


@pytest.mark.parametrize("last", [CORRECTED, WITHDRAWN], ids=["correction", "withdrawal"])
def test_a_last_word_that_may_still_be_under_way_is_not_lost(record, last):
    """Acknowledged three seconds before the stage was read, which still has the word before it."""
    for within, outcome in (("4s", UNKNOWN), ("3s", MISSED)):
        content, _ = judge(record(later=[last]), within=within)
        assert content.outcome is outcome
        assert "k7" in content.reason or "had not come when topic was read, less than 4 s" in content.reason
    old = last._replace(intended=10, sent=10, finished=11)
    assert judge(record(later=[old, last]), within="4s")[0].outcome is MISSED
    apart = judge(record(later=[old], clock=APART), within="4s")[0]
    assert apart.outcome is UNKNOWN
    assert "or only late" in apart.reason


def test_a_correction_of_which_the_old_word_came_has_not_come(record):
    """It is counted among what is late, not as one that came at once."""
    content, freshness = judge(record(later=[CORRECTED]), within="3s")
    assert outcomes([content, freshness]) == [MISSED, MISSED]
    assert freshness.reason.startswith("1 of 200 came later than that or not at all")
    assert freshness.requests == 199
