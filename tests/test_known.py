"""What a test asks of its run is told from its text, and from that of the checks."""

import inspect

import pytest

from slaharness.checks import registry
from slaharness.plugin import known, written


def slips(body: str) -> list[str]:
    names = dict[str, object]()
    exec(f"def test(run):\n    {body}\n", names)  # noqa: S102 a test as its author writes it
    function = names["test"]
    source = f"def test(run):\n    {body}\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(written.inspect, "getsource", lambda _: source)
        return [said for one in written.questions(function) if (said := known.slip(one))]


def test_the_checks_are_those_that_a_run_knows():
    """By name and by what they take, though nothing was imported for it."""
    told = known.known()
    for name, check in registry.known().items():
        there = [*inspect.signature(check.asked).parameters.values()][1:]
        assert [(one.name, one.kind) for one in told[name].parameters.values()] == [
            (one.name, one.kind) for one in there
        ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("run.met('a', over=F)", "no check 'met' (line 2); did you mean meets?"),
        ("run.recoverd(within='2m')", "no check 'recoverd' (line 2); did you mean recovered?"),
        ("run.wibble()", "no check 'wibble' (line 2); there are: arrived, ask, "),
        (
            "run.meets('a', F)",
            "run.meets(): too many positional arguments (line 2); it takes objective",
        ),
        (
            "run.recovered()",
            "run.recovered(): missing a required argument: 'within' (line 2); it takes within",
        ),
        ("run.recovered(with_in='2m')", "run.recovered(): missing a required argument: 'within' (line 2)"),
        (
            "run.meets('a', over='FALT')",
            "run.meets(): no window 'FALT'; there are: BASELINE, BACKUP, FAULT, ",
        ),
        ("run.recovered(within='two')", "run.recovered(): 'two' is not a duration; write it like 500ms, 20s"),
        ("run.arrived(within='2m')", "run.arrived(): missing a required argument: 'stage' (line 2)"),
    ],
)
def test_a_question_that_no_check_answers_is_told(body, said):
    """With its line and what to write; before it cost a run."""
    (one,) = slips(body)
    assert one.startswith(said)


@pytest.mark.parametrize(
    "body",
    [
        "run.meets('a', **limits)",
        "run.meets('a', over='FAULT')",
        "run.meets('a', over='FAULT of kill-api')",
        "run.recovered(within=120)",
        "run.recovered(within=limit)",
        "run.meets(*words)",
        "run.slept(within='2m')",
        "run.ask(other, 1, wanted=2)",
        "run.recovered(within='2m', over=run.fault('end a pod'))",
        "run.cold_started(within='8s')",
        "run.store.folder.exists()",
    ],
)
def test_what_a_run_can_answer_is_left_alone(body):
    """A check that refuses what runs would be worse than none."""
    assert slips(body) == []
