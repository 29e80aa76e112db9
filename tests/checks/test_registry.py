"""Checks are found by their files; what is common to all of them is done once."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from slaharness import checks
from slaharness.checks.registry import check, known
from slaharness.errors import BadInput, RecordTrouble
from slaharness.model import FAULT, Outcome, Verdict
from slaharness.result import RunResult

NAMES = {
    "arrived", "cold_started", "costs", "drained", "recovered", "restored", "retried", "scaled_in",
    "scaled_out", "scaled_to_zero", "stayed_awake",
}  # fmt: skip


def answer(outcome=Outcome.MET):
    return Verdict("asked", FAULT, outcome, "≤ 1 s", "0.5 s", None, "in time")


def asked(how, doubts="", **limits):
    return check("asked", over=FAULT)(how)(SimpleNamespace(doubts=doubts), **limits)


def test_every_check_is_found_by_its_file():
    """Nobody lists them: a file in the folder is enough."""
    assert known().keys() >= NAMES
    files = {file.stem for file in Path(checks.__file__).parent.glob("*.py")}
    assert {one.asked.__module__.rpartition(".")[2] for one in known().values()} <= files


@pytest.mark.parametrize(
    ("before", "now"), [("slept", "scaled_to_zero"), ("woke", "cold_started"), ("worked_off", "drained")]
)
def test_a_name_of_before_still_asks_and_says_where_it_stands(before, now):
    """The warning names the line of the test's own body."""
    with pytest.warns(DeprecationWarning, match=rf"run\.{before} is now run\.{now}") as told:
        asks = getattr(RunResult.__new__(RunResult), before)
    assert asks.args == (known()[now],)
    assert told[0].filename == __file__


def test_a_name_that_no_check_has_is_bad_input():
    """And an attribute that is not there, for whoever only looks."""
    asks = RunResult.__new__(RunResult)
    with pytest.raises(BadInput, match=r"no check 'recovers'; there are: arrived, cold_started, costs, "):
        asks.recovers  # noqa: B018
    assert not hasattr(asks, "recovers")


def test_a_sound_run_is_answered_as_the_check_says():
    assert asked(lambda record, *, within: answer(), within=1) == answer()


def test_an_outcome_that_a_project_writes_as_a_word_counts_as_what_it_says():
    """A plain "MISSED" was none of the three to whoever counts them, and so no miss."""
    found = asked(lambda _: answer("MISSED"))
    assert found.outcome is Outcome.MISSED
    assert asked(lambda _: answer("missed")).outcome is Outcome.UNKNOWN


def test_what_no_file_can_hold_is_left_out_of_a_reason():
    """A path of another encoding, say: the verdict is kept all the same."""
    assert replace(answer(), reason="/caf\udce9: cut short").reason == "/caf?: cut short"


def test_to_ask_for_no_pod_is_no_question():
    """Every service has none, or more."""
    with pytest.raises(BadInput, match=r"scaled_out\(to=0\): ask for one or more"):
        known()["scaled_out"](SimpleNamespace(doubts=""), to=0, within="30s")


def test_no_check_can_forget_that_the_run_is_in_doubt():
    """Whatever it concluded: UNKNOWN, with the reason."""
    verdict = asked(lambda _: answer(), doubts="the fault matched nothing")
    assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, "the fault matched nothing")


@pytest.mark.parametrize(
    "error", [RecordTrouble("series.json.gz: cut short"), ValueError("'many'"), KeyError("pod")]
)
def test_a_check_that_breaks_on_a_record_is_unknown_in_one_line(error):
    """A number that is none, a label that is missing: neither a yes, nor a no, nor a traceback."""

    def broken(_):
        raise error

    verdict = asked(broken)
    assert (verdict.objective, verdict.outcome, verdict.seen) == ("asked", Outcome.UNKNOWN, "none")
    assert str(error) in verdict.reason
    assert "\n" not in verdict.reason


def test_limits_that_cannot_be_are_bad_input():
    """A slip in the test's body is no verdict."""

    def refuses(_, *, within):
        raise BadInput(f"{within!r} is not a duration")

    with pytest.raises(BadInput, match="is not a duration"):
        asked(refuses, within="soon")
    with pytest.raises(BadInput, match=r"run\.refuses\(\)"):
        asked(refuses, limit="1s")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, "3 USD", None, True])
@pytest.mark.parametrize("kind", [int, float])
def test_a_number_that_is_none_is_bad_input(value, kind):
    """Whichever check asks for one, before it is asked."""

    def counts(_, *, at_most):
        return answer()

    counts.__annotations__["at_most"] = kind
    assert asked(counts, at_most=3) == answer()
    wanted = "a whole number" if kind is int else "a number"
    with pytest.raises(BadInput, match=rf"run\.counts\(at_most=.*\): at_most is {wanted}, of 0 or more$"):
        asked(counts, at_most=value)


def test_a_count_is_whole_and_an_amount_need_not_be():
    def counts(_, *, tasks: int, price: float = 0.0):
        return answer()

    assert asked(counts, tasks=0, price=2.5) == answer()
    with pytest.raises(BadInput, match=r"run\.counts\(tasks=2\.5\): tasks is a whole number, of 0 or more"):
        asked(counts, tasks=2.5)
