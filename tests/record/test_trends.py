"""What many runs of a scenario say together, and what they do not."""

from dataclasses import replace
from pathlib import Path

import pytest

from slaharness.model import Outcome
from slaharness.record.past_run import Figure, PastRun
from slaharness.record.trends import trend
from slaharness.report.trends import repeated, sentences, times

MET, MISSED, UNKNOWN = Outcome.MET, Outcome.MISSED, Outcome.UNKNOWN
PROMISE, RECOVERED = "orders over FAULT", "recovery over RECOVERY: steady (s)"


def runs(*outcomes, figures=None, like="this machine", more_is_worse=True, name=RECOVERED):
    """Newest first, as they are read; ``figures`` likewise."""
    figures = figures or [None] * len(outcomes)
    count = len(outcomes)
    at = [Path(f"/reports/kill/20261127T{count - one:06}.0Z") for one in range(count)]
    return [
        PastRun(
            at[nth], "kill", f"day {count - nth}", outcome, like=like,
            outcomes={PROMISE: outcome},
            figures={} if figure is None else {name: Figure(figure, more_is_worse)},
        )
        for nth, (outcome, figure) in enumerate(zip(outcomes, figures, strict=True))
    ]  # fmt: skip


def told(*words, **more):
    return " ".join(sentences(trend(runs(*words, **more))))


def test_how_often_it_holds_counts_answers_only():
    """UNKNOWN is told beside: to count it as either would be to know it."""
    found = trend(runs(MET, UNKNOWN, MET, MISSED, MET))
    assert (found.met, found.missed, found.unknown) == (3, 1, 1)
    assert found.rate == pytest.approx((0.1941, 0.9937), abs=1e-4)
    assert "Like runs so far: 3 MET, 1 MISSED, 1 UNKNOWN; it holds in 19.4 to 99.4 % of runs." in told(
        MET, UNKNOWN, MET, MISSED, MET
    )


def test_what_green_runs_prove_is_said():
    """Of one: next to nothing. Of those with a miss among them: nothing of the kind."""
    assert "One green run proves that it fails in at most 95 % of runs, 95 % sure." in told(MET)
    assert "59 green runs prove that it fails in at most 4.95 % of runs" in told(*[MET] * 59)
    assert "prove" not in told(MET, MISSED)
    assert "prove" not in told(UNKNOWN)


def test_flips_between_like_runs_are_counted():
    """With nothing changed between them, it is the test that is unsteady, or the stack."""
    found = trend(runs(MET, MISSED, UNKNOWN, MET, MET))
    assert (found.flips, found.pairs) == (2, 3)
    assert "Of 3 successive runs 2 came out otherwise" in told(MET, MISSED, UNKNOWN, MET, MET)


def test_a_failure_has_an_age():
    """Since when, in runs on end: whoever reads sees whether last night broke it."""
    (failing,) = trend(runs(MISSED, MISSED, MISSED, MET, MISSED)).failing
    assert (failing.promise, failing.since, failing.runs) == (PROMISE, "day 3", 3)
    assert "orders over FAULT is MISSED in 3 runs on end, since day 2 UTC." in told(
        MISSED, MISSED, MISSED, MET
    )
    assert "is MISSED for the first time" in told(MISSED, MET)
    assert "since" not in told(MET, MISSED)


def test_another_machine_makes_no_failure_younger():
    """It was broken there, too."""
    before = [replace(one, like="another") for one in runs(MISSED, MISSED)]
    newest = replace(runs(MISSED)[0], at="now")
    assert trend([newest, *before]).failing[0].runs == 3


@pytest.mark.parametrize("like", ["", "this machine"], ids=["not read", "not judged"])
def test_a_run_without_verdicts_hides_no_failure(like):
    """Neither as the newest nor in between; and figures are compared without it."""
    broken = replace(runs(UNKNOWN)[0], at="now", like=like, outcomes={}, problem="run.json: cut short")
    before = runs(MISSED, MISSED, MET, figures=[1.0, 2.0, 3.0])
    found = trend([broken, before[0], broken, *before[1:]])
    assert (found.met, found.missed) == (1, 2)
    assert [(one.promise, one.since, one.runs) for one in found.failing] == [(PROMISE, "day 2", 2)]
    if not like:
        assert [(one.newest, one.runs) for one in found.changes] == [(1.0, 2)]


def test_where_no_record_can_be_read_nothing_is_told():
    """But how many there are."""
    found = trend([replace(one, like="", outcomes={}) for one in runs(UNKNOWN, UNKNOWN)])
    assert (found.met, found.missed, found.unknown, found.failing) == (0, 0, 2, ())


def test_like_is_compared_with_like():
    """Times of another machine say nothing of this one's."""
    others = runs(*[MET] * 40, figures=[1.0] * 40, like="another")
    found = trend([*runs(MET, figures=[9.0]), *others])
    assert (found.met, found.others, found.changes) == (1, 40, ())
    assert "40 of other machines, windows or versions left out" in " ".join(sentences(found))


def test_a_change_for_the_worse_says_how_sure_it_is():
    """Slower than each of 39 like runs: that happens by chance in one of 40."""
    text = told(*[MET] * 40, figures=[9.0, *(4 + one / 100 for one in range(39))])
    assert (
        f"{RECOVERED[0].upper()}{RECOVERED[1:]}: 9, before 4.19 in 39 like runs: worse, 97.5 % sure." in text
    )


def test_what_is_no_worse_is_not_called_so():
    """Neither faster, nor as usual; an availability that is higher is better, and lower is worse."""
    usual = [4 + one / 100 for one in range(39)]
    for figure in (1.0, 4.2):
        assert (
            "no sign that any of its figures got worse (1 compared)"
            in told(*[MET] * 40, figures=[figure, *usual]).lower()
        )
    kinds = {"figures": [0.5, *[0.9] * 39], "name": PROMISE}
    assert "worse, 97.5 % sure" in told(*[MET] * 40, **kinds, more_is_worse=False)
    assert "no sign" in told(*[MET] * 40, **kinds, more_is_worse=True).lower()


def test_too_few_runs_cannot_tell():
    """However bad the newest is; and it is said how many it would take."""
    text = told(*[MET] * 19, figures=[900.0, *[4.0] * 18])
    assert "18 earlier like runs are too few to tell whether figures got worse: 19 are needed" in text
    assert "worse, 95 % sure" in told(*[MET] * 20, figures=[900.0, *[4.0] * 19])


def test_of_many_figures_one_is_bad_by_chance():
    """Each of two has to be twice as unlikely: slower than 19 is not enough, than 39 is."""

    def two(count):
        made = runs(*[MET] * count, figures=[9.0, *[4.0] * (count - 1)])
        return [replace(one, figures={**one.figures, "other (s)": Figure(1.0)}) for one in made]

    assert trend(two(20)).changes[0].worse is UNKNOWN
    assert trend(two(40)).changes[0].worse is MISSED
    assert trend(two(40)).changes[1].worse is MET


def test_repeated_runs_are_held_against_those_before():
    """Five of them, all slower than the five before, are enough."""
    slow = runs(*[MET] * 10, figures=[9.0, 9.1, 9.2, 9.3, 9.4, 4.0, 4.1, 4.2, 4.3, 4.4])
    lines = list(repeated(slow, [one.record for one in slow[:5]]))
    assert lines[0] == "Like runs so far: 5 MET, 0 MISSED, 0 UNKNOWN; it holds in 47.8 to 100 % of runs."
    assert "5 green runs prove that it fails in at most 45.1 % of runs, 95 % sure." in lines
    assert "recovery over RECOVERY: steady: median 9.2 s, 5 runs" in lines
    assert f"{RECOVERED}: 9.2, before 4.2 in 5 like runs: worse, 99.6 % sure" in lines


def test_times_have_an_interval():
    """From six runs on."""
    (line,) = times(trend(runs(*[MET] * 8, figures=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])))
    assert line == "recovery over RECOVERY: steady: median 4.5 s, 2 to 7 s (95 % sure), 8 runs"
