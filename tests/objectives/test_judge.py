"""The judge: three values, each for a reason that a person understands."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.model import Measurement, Objective, Op, Outcome, Phase, SourceType
from slaharness.objectives.judge import judge, unknown

RATIO = Objective(
    name="availability", title="", service="", source=SourceType.RATIO, good="", total="", target=0.999,
    op=Op.AT_LEAST, floor=100,
)  # fmt: skip


def counted(good: float | None, total: float | None, *problems: str) -> Measurement:
    return Measurement("availability", Phase.FAULT, None, good, total, problems)


def test_enough_good_requests_are_met(availability):
    """A ratio that reaches its target is MET, and the verdict says how many requests it rests on."""
    verdict = judge(availability, counted(2409, 2410))
    assert verdict.outcome is Outcome.MET
    assert verdict.reason == "1 of 2,410 requests failed: 99.959 % ≥ 99.9 %"
    assert (verdict.target, verdict.seen, verdict.requests) == ("≥ 99.9 %", "99.959 %", 2410)


def test_too_many_failed_requests_are_missed(availability):
    """A ratio below its target is MISSED, with the numbers."""
    verdict = judge(availability, counted(2407, 2410))
    assert verdict.outcome is Outcome.MISSED
    assert verdict.reason == "3 of 2,410 requests failed: 99.876 % < 99.9 %"


def test_exactly_the_target_is_met(availability):
    """999 of 1,000 is 99.9 %, whatever binary fractions make of it."""
    assert judge(availability, counted(999, 1000)).outcome is Outcome.MET
    assert judge(availability, counted(999_000_000, 1_000_000_000)).outcome is Outcome.MET


def test_percentages_never_round_to_what_they_are_not(availability):
    """One failure in ten million is not shown as 100 %, nor a narrow miss as the target."""
    assert judge(availability, counted(9_999_999, 10_000_000)).seen == "99.99999 %"
    assert judge(availability, counted(9_989_999, 10_000_000)).reason.endswith("99.89999 % < 99.9 %")


def test_an_objective_says_what_its_bad_requests_did(availability):
    """A reader sees "took over 0.5 s or failed", not a word that fits another objective."""
    slow = replace(availability, bad="took over 0.5 s or failed")
    assert "3 of 2,410 requests took over 0.5 s or failed" in judge(slow, counted(2407, 2410)).reason


def test_problems_come_before_numbers(availability):
    """What cannot be trusted is UNKNOWN, good or bad, and every problem is named."""
    for good in (2410, 0):
        verdict = judge(availability, counted(good, 2410, "stale", "Prometheus restarted"))
        assert verdict.outcome is Outcome.UNKNOWN
        assert verdict.reason == "stale; Prometheus restarted"


def test_too_few_requests_are_unknown(availability):
    """99 requests do not tell whether 999 of 1,000 would be answered."""
    verdict = judge(availability, counted(99, 99))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason == "only 99 requests; nothing is concluded below 100"
    assert verdict.requests == 99


@pytest.mark.parametrize(
    ("good", "total", "reason"),
    [
        (None, 2410, "requests were not counted"),
        (2410, None, "requests were not counted"),
        (math.nan, 2410, "the answer is nan"),
        (2410, math.inf, "the answer is inf"),
        (2411, 2410, "2,411 of 2,410 requests cannot be"),
        (-1, 2410, "-1 of 2,410 requests cannot be"),
        (0, 0, "there were no requests"),
    ],
)
def test_numbers_that_are_none_are_unknown(availability, good, total, reason):
    """Nothing missing, infinite or impossible is ever held against a target."""
    verdict = judge(replace(availability, floor=0), counted(good, total))
    assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, reason)


@pytest.mark.parametrize(
    ("value", "outcome", "reason"),
    [
        (2.0, Outcome.MET, "2 ≤ 2"),
        (2.5, Outcome.MISSED, "2.5 > 2"),
        (None, Outcome.UNKNOWN, "there is no number"),
    ],
)
def test_thresholds(replicas, value, outcome, reason):
    """A threshold is held to its limit as it is, and counts no requests."""
    verdict = judge(replicas, Measurement("replicas", Phase.FAULT, value))
    assert (verdict.outcome, verdict.reason, verdict.requests) == (outcome, reason, None)


@pytest.mark.parametrize(
    ("op", "value", "outcome", "reason"),
    [
        (Op.BELOW, 1.9, Outcome.MET, "1.9 < 2"),
        (Op.BELOW, 2.0, Outcome.MISSED, "2 ≥ 2"),
        (Op.ABOVE, 2.1, Outcome.MET, "2.1 > 2"),
        (Op.ABOVE, 2.0, Outcome.MISSED, "2 ≤ 2"),
    ],
)
def test_strict_thresholds(replicas, op, value, outcome, reason):
    """What must stay below a limit has missed it when it reaches it."""
    verdict = judge(replace(replicas, op=op), Measurement("replicas", Phase.FAULT, value))
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("lost", "acknowledged", "outcome", "reason"),
    [
        (0, 1965, Outcome.MET, "0 of 1,965 acknowledged writes are lost: 0 ≤ 0"),
        (2, 1965, Outcome.MISSED, "2 of 1,965 acknowledged writes are lost: 2 > 0"),
        (0, 12, Outcome.UNKNOWN, "only 12 acknowledged writes; nothing is concluded below 100"),
        (0, None, Outcome.UNKNOWN, "acknowledged writes were not counted"),
    ],
)
def test_the_ledger(nothing_lost, lost, acknowledged, outcome, reason):
    """No lost write is good news only when enough writes were acknowledged."""
    verdict = judge(nothing_lost, Measurement("no-reading-lost", Phase.RECOVERY, lost, total=acknowledged))
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def test_more_that_is_wrong_than_was_acknowledged_is_missed(nothing_lost):
    """What was never acknowledged may be altered, too, or made up: the worse it is, the surer."""
    altered = replace(nothing_lost, name="no-reading-altered", total="altered", bad="were altered")
    verdict = judge(altered, Measurement("no-reading-altered", Phase.RECOVERY, 1970, total=1965))
    assert verdict.outcome is Outcome.MISSED
    assert verdict.reason == "1,970 of 1,965 acknowledged writes were altered: 1,970 > 0"


def test_nothing_comes_back_where_nothing_was_deleted(nothing_lost):
    """Asked of a load that withdraws nothing, or little, it is no good news."""
    risen = replace(nothing_lost, name="no-reading-resurrected", total="resurrected", bad="came back")
    verdict = judge(risen, Measurement("no-reading-resurrected", Phase.RECOVERY, 0, total=0))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason == "only 0 deleted writes; nothing is concluded below 100"


def test_another_objectives_measurement_is_unknown(availability):
    """A record whose parts were mixed up proves nothing."""
    verdict = judge(replace(availability, name="latency"), counted(2410, 2410))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason == "this is a measurement of availability"


def test_a_judge_that_breaks_concludes_nothing(availability):
    """An exception in the judge is a cause of UNKNOWN, named, and no traceback."""
    verdict = judge(availability, replace(counted(1, 1), good="many"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "the judge itself failed: TypeError" in verdict.reason


def test_a_run_without_evidence_is_unknown(availability):
    """A fault that matched nothing makes every objective UNKNOWN for that reason."""
    verdict = unknown(availability, Phase.FAULT, "the fault matched no pod")
    assert (verdict.outcome, verdict.target, verdict.seen) == (Outcome.UNKNOWN, "≥ 99.9 %", "none")


def test_no_data_is_a_miss_where_the_file_says_so(availability):
    """Prometheus answered, and had nothing to count: OpenSLO's alertWhenNoData makes that a miss."""
    silent = replace(counted(None, None), no_data=True)
    strict = replace(availability, no_data_misses=True)
    verdict = judge(strict, silent)
    assert verdict.outcome is Outcome.MISSED
    assert verdict.reason.startswith("Prometheus answers, and has nothing to count")
    assert judge(availability, silent).outcome is Outcome.UNKNOWN
    assert judge(strict, counted(None, None)).outcome is Outcome.UNKNOWN
    assert judge(strict, counted(2410, 2410)).outcome is Outcome.MET


def test_a_miss_that_a_slow_machine_explains_is_unknown(availability):
    """Nobody knows whose fault it was; what was good enough all the same is MET."""
    slow = replace(counted(2000, 2410), noise="the machine was short of processor time")
    verdict = judge(availability, slow)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason == (
        "the machine was short of processor time, which explains slow answers: "
        "410 of 2,410 requests failed: 82.988 % < 99.9 %"
    )
    assert judge(availability, replace(slow, good=2410)).outcome is Outcome.MET
    assert judge(availability, replace(slow, noise="")).outcome is Outcome.MISSED


def test_a_number_that_may_not_be_judged_is_shown_if_it_is_one(replicas):
    """A reader sees what came back, beside why it is not believed."""
    for value, seen in ((3.0, "3"), (math.nan, "none"), (None, "none")):
        verdict = judge(replicas, Measurement("replicas", Phase.FAULT, value, problems=("stale",)))
        assert (verdict.outcome, verdict.seen) == (Outcome.UNKNOWN, seen)


def test_a_target_that_is_no_number_is_unknown(replicas):
    """Whatever is seen would be at most infinity."""
    verdict = judge(replace(replicas, target=math.inf), Measurement("replicas", Phase.FAULT, 1.0))
    assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, "the target is inf")


def test_a_share_that_is_its_target_is_not_written_to_the_last_digit(availability):
    """One of three is a third."""
    verdict = judge(replace(availability, target=1 / 3, floor=3), counted(1, 3))
    assert verdict.reason == "2 of 3 requests failed: 33.333 % ≥ 33.333 %"


def test_figures_are_those_that_have_a_meaning(availability, replicas):
    """The burn of a share; nothing of a budget whose period is not told, and nothing of a threshold."""
    assert judge(availability, counted(2409, 2410)).figures == pytest.approx({"burn": 1 / 2.41})
    assert judge(replicas, Measurement("replicas", Phase.FAULT, 1.0)).figures == {}


numbers = st.none() | st.floats() | st.integers(-5, 3000).map(float)


@given(good=numbers, total=numbers)
def test_met_is_never_said_without_the_count(good, total):
    """Whatever comes in, MET means: enough requests were counted, and enough of them good."""
    verdict = judge(RATIO, counted(good, total))
    if verdict.outcome is Outcome.MET:
        assert total >= RATIO.floor
        assert RATIO.target * total <= good + 1e-9 * total <= total * (1 + 1e-9)


@given(good=numbers, total=numbers)
def test_a_problem_more_never_helps(good, total):
    """More doubt turns any verdict into UNKNOWN, and none into MET or MISSED."""
    assert judge(RATIO, counted(good, total, "stale")).outcome is Outcome.UNKNOWN


@given(total=st.integers(1, 10**9), data=st.data())
def test_one_more_failure_never_helps(total, data):
    """With the same requests, fewer good ones never turn MISSED into MET."""
    good = data.draw(st.integers(1, total))
    fewer, more = (judge(RATIO, counted(count, total)).outcome for count in (good - 1, good))
    assert not (fewer is Outcome.MET and more is Outcome.MISSED)


@given(total=st.integers(0, 3000), data=st.data())
def test_good_requests_that_are_not_counted_never_help(total, data):
    """Losing sight of good requests turns neither MISSED nor UNKNOWN into MET."""
    good = data.draw(st.integers(0, total))
    lost = data.draw(st.integers(0, good))
    before = judge(RATIO, counted(good, total)).outcome
    after = judge(RATIO, counted(good - lost, total - lost)).outcome
    assert before is Outcome.MET or after is not Outcome.MET


@given(good=numbers, total=numbers, missing=st.sampled_from(["good", "total"]))
def test_a_missing_figure_is_always_unknown(good, total, missing):
    """Whatever the other figure is."""
    assert judge(RATIO, replace(counted(good, total), **{missing: None})).outcome is Outcome.UNKNOWN


def test_rows_that_nobody_sent_are_no_acknowledged_writes(nothing_lost):
    """The sentence says of what the figure is."""
    invented = replace(nothing_lost, total="unexpected", bad="were never sent")
    found = Measurement(invented.name, Phase.RECOVERY, 150.0, total=970.0)
    assert judge(invented, found).reason == "150 of 970 rows read back were never sent: 150 > 0"
    assert "only 9 rows read back; nothing" in judge(invented, replace(found, value=0.0, total=9.0)).reason
