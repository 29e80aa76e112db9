"""What many runs of a scenario say together, and what they do not."""

from dataclasses import replace
from pathlib import Path

import pytest

from slaharness.model import FAULT, Measurement, Outcome, Verdict
from slaharness.record.past_run import Figure, PastRun
from slaharness.record.trends import trend
from slaharness.report.trends import proof, repeated, sentences, times, trend_table

MET, MISSED, UNKNOWN = Outcome.MET, Outcome.MISSED, Outcome.UNKNOWN
PROMISE, RECOVERED = "orders over FAULT", "recovery over RECOVERY: steady (s)"


OTHER = ("mix", "kill", "20 s, 30 s, 20 s", "another machine")
LIKE = ("mix", "kill", "20 s, 30 s, 20 s", "this machine")


def runs(*outcomes, figures=None, like=LIKE, more_is_worse=True, name=RECOVERED):
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
    assert trend(runs(MET)).proven == "One green run proves that it fails in at most 95 % of runs, 95 % sure"
    assert "59 green runs prove that it fails in at most 4.95 % of runs" in trend(runs(*[MET] * 59)).proven
    assert trend(runs(MET, MISSED)).proven == ""
    assert trend(runs(UNKNOWN)).proven == ""


ASKED = [Verdict("orders", FAULT, MET, "≥ 99 %", "100 %", 1_050, "none failed")]
COUNTED = [Measurement("orders", FAULT, 1.0, good=1_050.0, total=1_050.0)]


def test_one_green_run_says_how_little_it_proves():
    """By the runs that there are and the requests that were counted: three in a thousand may fail."""
    once = (
        "One green run proves no more than that at most 95 of 100 such runs fail, "
        "and at most 0.285 % of its requests (0 of 1,050 did); 95 % sure."
    )
    assert proof(runs(MET), ASKED, COUNTED) == once
    assert proof([], ASKED, COUNTED) == once
    assert proof(runs(*[MET] * 59), ASKED, []) == (
        "59 green runs prove no more than that at most 4.95 of 100 such runs fail; 95 % sure."
    )
    worse = [*COUNTED, Measurement("slow", FAULT, 0.9, good=900.0, total=1_000.0)]
    asked = [*ASKED, replace(ASKED[0], objective="slow")]
    assert "at most 11.7 % of its requests (100 of 1,000 did)" in proof([], asked, worse)
    assert "3 of 4 like runs were green: it holds in 19.4 to 99.4 % of runs" in proof(
        runs(MET, MET, MET, MISSED), ASKED, []
    )


def test_a_run_that_is_not_green_proves_nothing_of_the_kind():
    """Nor one that was asked nothing."""
    assert proof(runs(MISSED), [*ASKED, replace(ASKED[0], outcome=UNKNOWN)], COUNTED) == ""
    assert proof(runs(UNKNOWN), [], COUNTED) == ""


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
    before = [replace(one, like=OTHER) for one in runs(MISSED, MISSED)]
    newest = replace(runs(MISSED)[0], at="now")
    assert trend([newest, *before]).failing[0].runs == 3


@pytest.mark.parametrize("like", [(), LIKE], ids=["not read", "not judged"])
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
    found = trend([replace(one, like=(), outcomes={}) for one in runs(UNKNOWN, UNKNOWN)])
    assert (found.met, found.missed, found.unknown, found.failing) == (0, 0, 2, ())


def test_like_is_compared_with_like():
    """Times of another machine say nothing of this one's."""
    others = runs(*[MET] * 40, figures=[1.0] * 40, like=OTHER)
    found = trend([*runs(MET, figures=[9.0]), *others])
    assert (found.met, found.others, found.changes) == (1, 40, ())
    assert "Like runs so far (left out: 40 runs: another machine): 1 MET" in " ".join(sentences(found))


def test_what_is_left_out_is_said_with_its_reasons():
    """How many, and in what each differs; one may differ twofold, and one that cannot be read in all."""
    twofold = ("mix", "kill", "20 s, 60 s, 20 s", "another machine")
    others = [
        replace(one, like=like) for one, like in zip(runs(MET, MET, MET), (OTHER, twofold, ()), strict=True)
    ]
    found = trend([*runs(MET, MET), *others])
    assert (found.met, found.others) == (2, 3)
    assert found.unlike == {"another machine": 2, "another windows": 1, "cannot be read": 1}
    (said,) = list(trend_table([found]).columns[-1].cells)
    assert said == "3 runs: another machine 2, another windows 1, cannot be read 1"
    assert list(trend_table([trend(runs(MET))]).columns[-1].cells) == [""]


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
