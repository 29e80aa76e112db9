"""What the plugin keeps in pytest's stash: a test's scenario and run, a session's troubles."""

from typing import TYPE_CHECKING

import pytest

from slaharness.errors import BadInput, HarnessError
from slaharness.model import Scenario

if TYPE_CHECKING:
    from slaharness.report.outward.send import Receiver  # noqa: F401  # ruff overlooks a key of text
    from slaharness.result import RunResult
    from slaharness.settings.inputs import Inputs

#: Of a test: its scenario, its finished run, how many verdicts of it were counted, what ended its body.
SCENARIO = pytest.StashKey[Scenario]()
RESULT = pytest.StashKey["RunResult"]()
COUNTED = pytest.StashKey[int]()
RAISED = pytest.StashKey[BaseException | None]()
#: Of a session: markers that cannot be, the inputs by scenario, where figures go to, the finished runs,
#: errors of ours, tests that failed otherwise.
REFUSED = pytest.StashKey[list[BadInput]]()
INPUTS = pytest.StashKey[dict[str, "Inputs"]]()
RECEIVER = pytest.StashKey["Receiver"]()
FINISHED = pytest.StashKey[list["RunResult"]]()
TROUBLE = pytest.StashKey[list[HarnessError]]()
MISSED = pytest.StashKey[list[str]]()
