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


@pytest.mark.parametrize("window", ["baseline", "fault", "recovery"])
@pytest.mark.parametrize("length", ["0s", "0ms", "169h", "99999999h"])
def test_a_window_that_no_record_can_hold_is_refused_before_it_passes(window, length):
    """Its run would end, minutes or days later, with a record that nobody can judge."""
    with pytest.raises(BadInput, match=rf"a\.py::test: {window}: lasts "):
        from_marker({"load": "mix", "experiment": "kill", window: length}, "a.py::test", None)


@pytest.mark.parametrize("name", ["allure", "nights", "x" * 101, "a/b", "..", ""])
def test_a_name_that_is_no_folder_of_its_own_is_refused(name):
    """The dashboard is built in one of that name, in place of what lies there."""
    with pytest.raises(BadInput, match="is no name of a folder for its records"):
        from_marker({"load": "mix", "experiment": "kill", "name": name}, "a.py::test", None)
