"""From a test's marker to a scenario."""

import pytest

from slaharness.errors import BadInput
from slaharness.scenario import from_marker


def test_a_scenario_is_named_for_its_experiment():
    found = from_marker({"load": "mix", "experiment": "kill"}, "a.py::test", "Why?\n\nMore.")
    assert (found.name, found.experiment, found.question) == ("kill", "kill", "Why?")


def test_a_control_run_says_that_it_has_no_experiment():
    """By saying None: one that was forgotten is a slip."""
    found = from_marker({"load": "mix", "experiment": None, "fault": "40s"}, "a.py::test", None)
    assert (found.name, found.experiment, found.fault) == ("mix-without-fault", "", 40.0)
    with pytest.raises(BadInput, match="needs experiment"):
        from_marker({"load": "mix"}, "a.py::test", None)
    with pytest.raises(BadInput, match="needs load"):
        from_marker({"experiment": None}, "a.py::test", None)
