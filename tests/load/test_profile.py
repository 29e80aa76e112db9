"""Load profiles that Locust could not run are refused in one line, before anything is deployed."""

import sys
from pathlib import Path

import pytest

from slaharness.errors import BadInput
from slaharness.load import profile

PROFILES = Path(__file__).parents[2] / "loadprofiles"


def test_a_profile_is_found_by_its_name():
    """A scenario says ``steady-mix``, not where that is."""
    assert profile.find("steady-mix", PROFILES) == PROFILES / "steady-mix.py"


@pytest.mark.parametrize("name", ["steady", "../conftest", ""])
def test_an_unknown_name_is_answered_with_those_there_are(name):
    """A slip of the pen costs no second look into a folder; nothing outside the folder is taken."""
    with pytest.raises(BadInput, match=r"no load profile .*; there are: .*steady-mix"):
        profile.find(name, PROFILES)


def test_a_good_profile_names_its_users():
    """Locust itself has looked at it, and was not imported here."""
    before = "gevent" in sys.modules
    assert set(profile.check(PROFILES / "steady-mix.py")) == {"Station", "Reader"}
    assert ("gevent" in sys.modules) is before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def broken(:\n", r"no Python: .*line 1"),
        ("import locust\nimport no_such_module\n", "No module named 'no_such_module'"),
        ("import locust\n", "has no user class"),
    ],
)
def test_a_profile_that_cannot_run_is_refused_in_one_line(tmp_path, text, said):
    """What is wrong is said with the file's name, however long Locust's own story."""
    (path := tmp_path / "mine.py").write_text(text)
    with pytest.raises(BadInput, match=said) as refused:
        profile.check(path)
    assert "mine.py" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("text", "workers"), [("", 1), ("WORKERS = 3\n", 3), ("if 0: WORKERS = 3\n", 1)])
def test_a_profile_may_want_several_workers(tmp_path, text, workers):
    """One line of the profile says how many; without it there is one."""
    (path := tmp_path / "mine.py").write_text(text)
    assert profile.workers(path) == workers


@pytest.mark.parametrize("wanted", ["0", "-1", "2.5", "'2'", "os.cpu_count()"])
def test_workers_that_are_no_number_are_refused(tmp_path, wanted):
    """It is read, not run: what cannot be known before the load starts is said before it starts."""
    (path := tmp_path / "mine.py").write_text(f"import os\nWORKERS = {wanted}\n")
    with pytest.raises(BadInput, match=r"mine\.py: WORKERS .* a number from 1"):
        profile.check(path)


def test_a_profile_that_is_not_there_is_refused(tmp_path):
    """A path that leads nowhere is named."""
    with pytest.raises(BadInput, match=r"gone\.py: No such file"):
        profile.check(tmp_path / "gone.py")
