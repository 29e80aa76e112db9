"""Trials: for each change a fork of one process that has pytest, the program and its tests in memory.

First all tests run once, and which lines each runs is noted. A change is then put only to tests that run its
lines, the quickest first, until one fails. Seconds are of processor time, so a busy machine changes nothing.
"""

import ast
import gc
import os
import pickle
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from mutants import swap
from mutants.changes import Change, text

#: What a change may take: so many times what its tests take without it, and so many seconds.
TIMES, SECONDS, MEMORY = 5, 5, 4 << 30
#: Seconds on the clock after which a trial hangs.
HANGS = 300
EXAMPLES = 25
_PASSED, _FAILED, _BROKE, _NOT_POSSIBLE = 0, 10, 20, 30
_VERDICTS = {_PASSED: "survived", _FAILED: "killed", _BROKE: "broke", _NOT_POSSIBLE: "not possible"}
Line = tuple[str, int]


@dataclass
class Trials:
    """Plugin of pytest that tries ``changes`` in place of running the tests that were collected."""

    changes: Sequence[Change]
    at_once: int
    say: Callable[[Change, str], None]
    #: Tests that fail without any change, as some do that measure time on a busy machine: they prove nothing.
    left_out: Sequence[str] = ()
    running: dict[int, tuple[Change, float]] = field(default_factory=dict)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        _calm(session.items)
        session.config._tmp_path_factory.getbasetemp()  # noqa: SLF001 made once, for all forks
        files = {change.file for change in self.changes}
        seen = _in_a_fork(lambda: _seen(session.items, {str(file) for file in files}))
        self.left_out = [name for name, (_, _, passed) in seen.items() if not passed]
        tests = [item for item in session.items if item.nodeid not in self.left_out]
        program = swap.Program(files)
        gc.collect()
        gc.freeze()
        for change in self.changes:
            self._wait(self.at_once - 1)
            some = sorted(_covering(change, tests, seen), key=lambda item: seen[item.nodeid][1])
            if not some:
                self.say(change, "not covered")
                continue
            limit = SECONDS + TIMES * sum(seen[item.nodeid][1] for item in some)
            pid = _forked(lambda change=change, some=some: _try(program, change, some), int(limit) + 1)
            self.running[pid] = (change, time.monotonic())
        self._wait(0)
        return True

    def _wait(self, most: int) -> None:
        """Until no more than ``most`` trials run."""
        while len(self.running) > most:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in self.running:
                change, _ = self.running.pop(pid)
                code = os.waitstatus_to_exitcode(status)
                self.say(change, _VERDICTS.get(code, "killed"))  # a signal: time or memory was up
                continue
            time.sleep(0.005)
            for one, (_, since) in self.running.items():
                if time.monotonic() - since > HANGS:
                    os.kill(one, signal.SIGKILL)


def _calm(items: Sequence[pytest.Item]) -> None:
    """Hypothesis tries the same few examples each time, and does not look for the smallest that fails."""
    import hypothesis  # noqa: PLC0415 pytest must be first, or it warns

    calm = {
        "max_examples": EXAMPLES, "derandomize": True, "database": None, "deadline": None,
        "phases": [hypothesis.Phase.explicit, hypothesis.Phase.generate],
        "suppress_health_check": list(hypothesis.HealthCheck),
    }  # fmt: skip
    hypothesis.settings.register_profile("mutation", **calm)
    hypothesis.settings.load_profile("mutation")
    for item in items:
        test = getattr(item, "obj", None)
        test = getattr(test, "__func__", test)
        if getattr(test, "_hypothesis_internal_use_settings", None):
            test._hypothesis_internal_use_settings = hypothesis.settings()  # noqa: SLF001


def _forked(body: Callable[[], int], seconds: int) -> int:
    """The child's number; the child ends with what ``body`` returns."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    code, terminal = _BROKE, os.dup(2)
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        code = body()
    except BaseException:  # noqa: BLE001 nothing may go on in the fork
        os.write(terminal, traceback.format_exc().encode())
    os._exit(code)


def _try(program: swap.Program, change: Change, items: Sequence[pytest.Item]) -> int:
    try:
        program.put(change)
    except swap.NotPossibleError:
        return _NOT_POSSIBLE
    except Exception:  # noqa: BLE001 the file could not even be imported
        return _FAILED
    for number, item in enumerate(items):
        following = items[number + 1] if number + 1 < len(items) else None
        if not _passes(item, following):
            return _FAILED
    return _PASSED


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def _in_a_fork(body: Callable[[], Any]) -> Any:
    """What ``body`` returns, without what it leaves behind in memory."""
    reading, writing = os.pipe()
    pid = _forked(lambda: _written(body(), writing), resource.RLIM_INFINITY)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        told = file.read()
    os.waitpid(pid, 0)
    return pickle.loads(told)  # noqa: S301 our own


def _written(found: Any, into: int) -> int:
    with os.fdopen(into, "wb") as file:
        pickle.dump(found, file)
    return _PASSED


def _seen(items: Sequence[pytest.Item], files: set[str]) -> dict[str, tuple[set[Line], float, bool]]:
    """Of each test the lines it runs, its seconds, and whether it passes."""
    seen: dict[str, tuple[set[Line], float, bool]] = {}
    for number, item in enumerate(items):
        lines: set[Line] = set()

        def trace(frame: FrameType, _event: str, _: Any, lines: set[Line] = lines) -> Any:
            name = frame.f_code.co_filename
            if name not in files:
                return None
            lines.add((name, frame.f_lineno))
            return trace

        began = time.process_time()
        threading.settrace(trace)
        sys.settrace(trace)
        passed = _passes(item, items[number + 1] if number + 1 < len(items) else None)
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]  # the documented way to end it
        seen[item.nodeid] = (lines, time.process_time() - began, passed)
    return seen


def _covering(change: Change, items: Sequence[pytest.Item], seen: dict[str, Any]) -> Iterator[pytest.Item]:
    """The tests that run a line of the change; for what is set at the top of a file, any use of the name."""
    wanted = _lines(change)
    for item in items:
        lines = seen[item.nodeid][0]
        if not wanted.isdisjoint(lines):
            yield item


def _lines(change: Change) -> set[Line]:
    first, last = change.lines
    tree = _parsed(change.file)
    statement = getattr(tree, change.path[0][0])[change.path[0][1]]
    functions = [one for one in ast.walk(statement) if isinstance(one, ast.FunctionDef)]
    around = [one for one in functions if one.lineno <= first <= (one.end_lineno or 0)]
    inside = [one for one in around if first >= one.body[0].lineno]
    if inside:
        return {(str(change.file), line) for line in range(first, last + 1)}
    if around:
        return {(str(change.file), line) for line in range(around[0].lineno, (around[0].end_lineno or 0) + 1)}
    if isinstance(statement, ast.ClassDef):
        return {(str(change.file), line) for line in range(1, len(text(change.file).splitlines()))}
    return set(_uses(swap.constants(tree, statement)[1]))


def _uses(names: set[str]) -> Iterator[Line]:
    for file in {Path(name) for one in list(sys.modules.values()) if (name := _source(one))}:
        for node in ast.walk(_parsed(file)):
            if (isinstance(node, ast.Name) and node.id in names) or (
                isinstance(node, ast.Attribute) and node.attr in names
            ):
                yield str(file), node.lineno


def _source(module: Any) -> str:
    name = getattr(module, "__name__", "")
    return getattr(module, "__file__", None) or "" if name.startswith("slaharness") else ""


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(text(file))
