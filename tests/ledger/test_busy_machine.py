"""Which slow answers a machine explains that was short of processor time; the truth is known."""

from dataclasses import replace

import pytest
from loads import TOTAL, WELL, WINDOW, availability, load, machine, measured, scraped

from slaharness.ledger.asked import BUCKET, asked
from slaharness.ledger.witness import busy_machine, crosscheck
from slaharness.ledger.witness.crosscheck import Witnesses
from slaharness.metrics.evidence import Series
from slaharness.model import Outcome

MET, MISSED, UNKNOWN = Outcome


def slow(due):
    return (0.0005, 2.0, "ok") if 130 <= due < 133 else WELL


def failing(due):
    return (0.0005, 0.02, "fail") if 130 <= due < 133 else WELL


def both(due):
    return failing(due) if due < 131.5 else slow(due)


def buckets(requests, bound):
    """The same counts as ``scraped`` makes, of what ended within ``bound``."""
    quick = scraped([one for one in requests if one.finished - one.intended <= float(bound)])
    return [
        Series({**one.labels, "__name__": BUCKET, "le": bound}, one.samples)
        for one in quick
        if one.name == TOTAL
    ]


@pytest.fixture
def judged(kept):
    """Judge answers under so many seconds, on a machine that was short when it says."""

    def judge(fate, short, bound="1.5", noise="the machine was short of processor time"):
        requests = load(fate)
        series = [*scraped(requests), *buckets(requests, bound), *machine(short)]
        selector = f'{BUCKET}{{outcome="ok",le="{bound}"}}'
        objective = replace(availability(), good=f"sum({selector} @ $end) - sum({selector} @ $start)")
        grown = next(
            one.before(WINDOW.end)[1] - one.before(WINDOW.start)[1]
            for one in series
            if one.name == BUCKET and one.labels["outcome"] == "ok"
        )
        found = replace(measured(series), good=grown, noise=noise)
        return crosscheck.judged(
            objective, found, WINDOW, asked(objective, series), Witnesses(kept(*requests), series, "")
        )

    return judge


def always(_at):
    return True


def never(_at):
    return False


@pytest.mark.parametrize(
    ("fate", "short", "outcome"),
    [
        (slow, always, UNKNOWN),
        (slow, never, MISSED),
        (slow, lambda at: 130 <= at < 136, UNKNOWN),
        (slow, lambda at: 125 <= at < 131, UNKNOWN),
        (slow, lambda at: 136 <= at < 150, MISSED),
        (slow, lambda at: 120 <= at < 125, MISSED),
        (failing, always, MISSED),
        (both, always, MISSED),
        (lambda _: WELL, always, MET),
    ],
    ids=[
        "all the time", "never", "only then", "just before", "only after it", "only long before",
        "they failed", "half of them failed", "none was slow",
    ],
)  # fmt: skip
def test_a_miss_is_excused_where_it_hangs_on_answers_that_met_a_busy_machine(judged, fate, short, outcome):
    """Whatever share of the whole window it was short for; a request that failed is no slow answer."""
    found = judged(fate, short)
    assert found.outcome is outcome
    told = "the machine was short of processor time while 60 slow answers were under way, which explains them"
    assert found.reason.startswith(told) is (outcome is UNKNOWN)


def test_availability_is_not_excused_by_the_bucket_that_it_is_counted_in(judged):
    """``+Inf`` is no bound: whoever is not in it has failed."""
    assert judged(failing, always, bound="+Inf").outcome is MISSED


def test_a_machine_that_was_not_sampled_explains_nothing(kept):
    held = kept(*load(slow))
    assert not busy_machine.explained(held, [], 1.5).any()
    assert busy_machine.explained(held, machine(always), 1.5).sum() == 60
    nothing = Series({"__name__": "host_never_sampled_total"}, ())
    assert busy_machine.explained(held, [nothing, *machine(always)], 1.5).sum() == 60
    only = [one for one in machine(always) if "cpu" in one.name]
    assert not busy_machine.explained(held, only, 1.5).any()
