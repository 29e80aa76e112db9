"""The project's scenarios, as pytest collects them, and what of them it cannot take."""

import os
from collections.abc import Generator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from _pytest.config import ConftestImportFailure

from slaharness.errors import BadInput
from slaharness.host import project, toml
from slaharness.model import Asked, Scenario
from slaharness.plugin import written
from slaharness.plugin.collection import asked
from slaharness.plugin.stash import REFUSED, SCENARIO, TROUBLE

#: For pytest: no cache folder, and no warning that this very command has imported the plugin already.
QUIETLY = ("-p", "no:cacheprovider", "-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
#: Before each line of the traceback of what pytest did not foresee.
BROKE = "INTERNALERROR>"


@dataclass(frozen=True)
class Test:
    """A scenario with what its test's text tells: the line it begins on, what it asks."""

    scenario: Scenario
    line: int
    asked: Asked


class Watcher:
    """A pytest plugin that tells a conftest.py which cannot be read in one line, as all bad input."""

    @pytest.hookimpl(wrapper=True)
    def pytest_load_initial_conftests(self) -> Generator[None, object, object]:
        try:
            return (yield)
        except ConftestImportFailure as error:
            why = " ".join(f"{type(error.cause).__name__}: {error.cause}".split())
            raise pytest.UsageError(f"{error.path} cannot be read: {why}") from error
        except SystemExit as error:
            raise pytest.UsageError(f"a conftest.py ends the process: SystemExit: {error.code}") from error


class Collected(Watcher):
    """A pytest plugin that keeps the scenarios of a collection, and what is wrong with others."""

    def __init__(self, tests: Sequence[Test] = ()) -> None:
        self.tests = list(tests)
        self.problems: list[BadInput] = []

    @property
    def scenarios(self) -> list[Scenario]:
        return [one.scenario for one in self.tests]

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, object, object]:
        """Keep what pytest would print."""
        try:
            return (yield)
        except pytest.UsageError as error:
            told = {str(one) for one in _bad_input(session.config)}
            self.problems += [] if str(error) in told else [BadInput(str(error))]
            return None
        finally:
            self.problems += _bad_input(session.config)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        items = [
            item for item in session.items if SCENARIO in item.stash and isinstance(item, pytest.Function)
        ]
        self.tests = [Test(item.stash[SCENARIO], written.line(item.obj), asked(item)) for item in items]


def _bad_input(config: pytest.Config) -> list[BadInput]:
    """Files that cannot be read, and markers that cannot be."""
    unread = [one for one in config.stash[TROUBLE] if isinstance(one, BadInput)]
    return [*unread, *config.stash[REFUSED]]


def look(*files: Path) -> Collected:
    """Collect them, or all of the project's scenarios, without a word."""
    found, said = Collected(), StringIO()
    with redirect_stderr(said):
        code = pytest_main(["--collect-only", "-p", "no:terminal"], found, files)
    known = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
    if not found.problems and code not in known:
        found.problems.append(BadInput(f"the scenarios cannot be collected: {_why(said.getvalue(), code)}"))
    return found


def _why(said: str, code: int) -> str:
    """What pytest said before there was anything to collect, of a conftest.py or of its own settings."""
    broke = [line.removeprefix(BROKE).strip() for line in said.splitlines() if line.startswith(BROKE)]
    if broke:  # in a hook, with all of pytest's own frames
        return f"a plugin or a conftest.py ends the process: {broke[-1]}"
    return " ".join(said.split()).removeprefix("ERROR: ") or f"pytest ended with {code}"


def scenarios() -> list[Scenario]:
    """All of the project. Raises BadInput when some cannot be collected."""
    found = look()
    for problem in found.problems:
        raise problem
    return found.scenarios


def pytest_main(arguments: Sequence[str], watcher: object, files: Sequence[Path] = ()) -> int:
    """Pytest on ``files``, or on all scenarios, with the project's own settings.

    Raises BadInput when code of the project ends it, whatever the exit code that it asks for.
    """
    root = project.root()
    own = root / "pyproject.toml"
    config = own if own.is_file() else os.devnull  # never that of a folder around the project
    if config is own:
        toml.read(own)  # what is none would end pytest in words of its own, or in a traceback
    where = [*map(str, files or [root / "scenarios"]), f"--rootdir={root}", f"--config-file={config}"]
    try:
        with project.survived():
            return int(pytest.main([*where, *QUIETLY, *arguments], plugins=[watcher]))
    except SystemExit as error:
        raise BadInput(f"a plugin or a conftest.py ends the process: SystemExit: {error.code}") from error
