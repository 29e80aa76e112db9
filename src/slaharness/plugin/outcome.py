"""From verdicts to pytest's outcomes and exit code: MISSED fails, UNKNOWN is an error and never green."""

import re
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slaharness.errors import BadInput, BrokenTest, HarnessError, Inconclusive, InternalError
from slaharness.host import internal_error, project
from slaharness.model import RECOVERY, Outcome, Verdict
from slaharness.plugin import stash
from slaharness.report import junit

if TYPE_CHECKING:
    from slaharness.result import RunResult

EXIT_MISSED = 1
#: What may end a test: words on what was asked, of its author, of pytest's or ours. Anything else broke it.
MEANT = (
    AssertionError,
    HarnessError,
    KeyboardInterrupt,
    pytest.fail.Exception,
    pytest.skip.Exception,
    pytest.xfail.Exception,
)
#: Of one that skips what is left of it, or expects to fail, where nothing did.
_ENDED = "the test ended itself before it had asked all"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Count the verdicts as part of the test: what is MISSED fails it, rather than its teardown."""
    raised: BaseException | None = None
    try:
        yield
    except pytest.exit.Exception as error:  # it would end the session, with any exit code
        raised = error
        if not _of_scenario(item):
            raise
        raise BrokenTest(_one_line(pytest.ExceptionInfo.from_exception(error), item)) from error
    except BaseException as error:
        raised = error
        raise
    finally:
        if stash.RESULT in item.stash:
            _judged(item, item.stash[stash.RESULT], raised)


def _judged(item: pytest.Item, finished: "RunResult", raised: BaseException | None) -> None:
    verdicts = (*finished.verdicts, *finished.unasked)
    item.stash[stash.COUNTED] = len(finished.verdicts)
    asked = bool(finished.verdicts)
    item.user_properties.extend(junit.properties((*verdicts, *of_body(verdicts, asked=asked, raised=raised))))
    count(verdicts, asked=asked, raised=raised)


def count(verdicts: Sequence[Verdict], *, asked: bool, raised: BaseException | None) -> None:
    """A verdict counts whether the body asserted it or not; a body that asks nothing has shown nothing.

    ``raised`` is what ended the body, which then stands for itself. To skip the rest of it hides nothing and
    proves nothing, nor does what broke it; to expect a failure hides a miss only.
    """
    skipped = isinstance(raised, pytest.skip.Exception)
    missed = [one for one in verdicts if one.outcome is Outcome.MISSED]
    if missed and (raised is None or skipped or isinstance(raised, HarnessError) or _broke(raised)):
        other = _broke(raised) or (isinstance(raised, HarnessError) and not isinstance(raised, Inconclusive))
        broke = [f"and the test broke: {raised!r}"] if other else []
        pytest.fail("; ".join([*map(str, missed), *broke]), pytrace=False)
    if raised is not None and not skipped and not isinstance(raised, pytest.xfail.Exception):
        return
    if unknown := [one for one in verdicts if one.outcome is Outcome.UNKNOWN]:
        raise Inconclusive("; ".join(map(str, unknown)))
    if not asked:
        raise Inconclusive("the test asked nothing of its run: assert run.meets(…) or another check")
    if raised is not None and not missed:
        raise Inconclusive(f"{_ENDED}: {_words(raised)}")


def of_body(verdicts: Sequence[Verdict], *, asked: bool, raised: BaseException | None) -> tuple[Verdict, ...]:
    """What the test's body came to, where no other verdict tells it: readers of a page see no exit code."""
    outcomes = {one.outcome for one in verdicts}
    if isinstance(raised, AssertionError | pytest.fail.Exception):
        if Outcome.MISSED not in outcomes:
            return (
                _body(Outcome.MISSED, "failed", f"an assertion of the test's own failed: {_words(raised)}"),
            )
    elif isinstance(raised, HarnessError):
        if outcomes <= {Outcome.MET}:
            return (_body(Outcome.UNKNOWN, "not to its end", _words(raised)),)
    elif _broke(raised):
        return (_body(Outcome.UNKNOWN, "broke", f"the test itself broke: {_words(raised)}"),)
    elif not asked:
        return (_body(Outcome.UNKNOWN, "asked nothing", "the test asked nothing of its run"),)
    elif isinstance(raised, pytest.skip.Exception | pytest.xfail.Exception) and outcomes <= {Outcome.MET}:
        return (_body(Outcome.UNKNOWN, "not to its end", f"{_ENDED}: {_words(raised)}"),)
    return ()


def _body(outcome: Outcome, seen: str, reason: str) -> Verdict:
    return Verdict("test-body", RECOVERY, outcome, "runs to its end", seen, None, reason)


def _words(raised: BaseException | None) -> str:
    """In one line, with the kind of error where its words alone would not tell."""
    said = " ".join(str(raised).split())
    return said if isinstance(raised, HarnessError | AssertionError) else f"{type(raised).__name__}: {said}"


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around pytest's own, which makes expected failures green
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say our own errors in a line, not in a traceback, and remember which there were.

    A miss may be expected (``xfail``); that nobody knows, that nothing could be run, or that the test broke,
    may not. Of a test that is no scenario, only that it failed: its traceback is its author's.
    """
    report = yield
    if call.when == "call":
        item.stash[stash.RAISED] = call.excinfo.value if call.excinfo else None
    if call.excinfo and _of_scenario(item) and (trouble := _trouble(call.excinfo, call.when, item)):
        item.config.stash[stash.TROUBLE].append(trouble)
        if junit.VERDICT not in dict(item.user_properties):
            item.user_properties.append((junit.VERDICT, str(Outcome.UNKNOWN)))
        # A library's own log of the same trouble would bury that line.
        report.sections = [one for one in report.sections if not one[0].startswith("Captured log")]
        if isinstance(trouble, BrokenTest):
            report.sections.append(("Traceback of the test", str(report.longrepr)))
        report.longrepr = f"{type(trouble).__name__}: {trouble}"
        report.outcome = "failed"
        vars(report).pop("wasxfail", None)
    elif call.excinfo and report.failed:
        item.config.stash[stash.MISSED].append(item.nodeid)
    return report


def _trouble(
    excinfo: pytest.ExceptionInfo[BaseException], when: str, item: pytest.Item
) -> HarnessError | None:
    """The error of ours that ended a test, or one that says that its own code broke; None of a verdict.

    What breaks around its body in the harness is the harness's own.
    """
    if isinstance(excinfo.value, HarnessError):
        return excinfo.value
    if not _broke(excinfo.value):
        return None
    ours = when != "call" and internal_error.passes_through_us(excinfo.value)
    return internal_error.kept(excinfo.value) if ours else BrokenTest(_one_line(excinfo, item))


def _broke(raised: BaseException | None) -> bool:
    return raised is not None and not isinstance(raised, MEANT)


def _one_line(excinfo: pytest.ExceptionInfo[BaseException], item: pytest.Item) -> str:
    """What the test raised, and in which of its own lines."""
    own = [entry.lineno + 1 for entry in excinfo.traceback if str(entry.path) == str(item.path)]
    where = f"{item.nodeid}, line {own[-1]}" if own else item.nodeid
    raised = " ".join(excinfo.exconly(tryshort=True).split())
    return f"{where}: the test itself broke, so its run was not judged to the end: {raised}"


def _of_scenario(item: pytest.Item) -> bool:
    """Whether it is one, or means to be: the fixture alone lacks the marker."""
    return stash.SCENARIO in item.stash or "slaharness_run" in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file of tests that breaks when it is read, or would end the session, is bad input."""
    try:
        with project.survived():
            report = yield
    except SystemExit as error:
        report = pytest.CollectReport(collector.nodeid, "failed", f"SystemExit: {error.code}", [])
    if report.failed:
        why = unread(str(report.longrepr), collector.path)
        collector.config.stash[stash.TROUBLE].append(BadInput(f"{collector.nodeid} cannot be read: {why}"))
    return report


def unread(said: str, file: Path) -> str:
    """The last word of pytest's report on a file that it cannot read, with the line of that file."""
    lines = said.splitlines() or [""]
    told = [line.removeprefix("E ") for line in lines if line.startswith("E ")] or lines
    numbers = re.findall(rf'\b{re.escape(file.name)}(?:", line |:)(\d+)', said)
    return " ".join(told[-1].split()) + (f" (line {numbers[-1]})" if numbers else "")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Exit 1 only when something was MISSED; otherwise with the code of what went wrong: 3 to 7, 70."""
    troubles = session.config.stash[stash.TROUBLE]
    asked_for = session.config.getoption("sla_scenario") and not session.config.option.collectonly
    scenarios = [item for item in getattr(session, "items", ()) if stash.SCENARIO in item.stash]
    unrun = len(scenarios) - len(session.config.stash[stash.FINISHED])
    if exitstatus == pytest.ExitCode.OK and asked_for and (unrun > 0 or not scenarios):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED  # skipped, though asked for by name
    unread = exitstatus == pytest.ExitCode.INTERRUPTED and troubles  # as pytest calls it
    if unread and asked_for and not session.config.stash[stash.FINISHED]:
        session.exitstatus = BadInput.exit_code
    if exitstatus == pytest.ExitCode.INTERNAL_ERROR and asked_for:  # whose number is that of UNKNOWN
        session.exitstatus = InternalError.exit_code
    if exitstatus == EXIT_MISSED and troubles and not session.config.stash[stash.MISSED]:
        session.exitstatus = max(trouble.exit_code for trouble in troubles)
