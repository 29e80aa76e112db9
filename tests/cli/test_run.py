"""``slaharness run`` as people type it: what cannot run is said in one line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from stacks import SHOP

ROOT = Path(__file__).parents[2]
SCENARIO = """
import pytest

@pytest.mark.scenario(load="steady", experiment="kill")
def test_kill(run):
    pass
"""


@pytest.fixture
def run(tmp_path):
    """The command, in a project with one scenario."""
    (tmp_path / "slaharness.toml").write_text(SHOP)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/test_kill.py").write_text(SCENARIO)

    def ran(*words, command="run"):
        return subprocess.run(
            [sys.executable, "-m", "slaharness", command, *words],
            cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False,
            env={**os.environ, "SLAHARNESS_CONTEXTS": "test", "KUBECONFIG": str(tmp_path / "none")},
        )  # fmt: skip

    return ran


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nope",), "ERROR: no scenario nope; there are: kill"),
        (
            ("kill", "--cluster=existing", "--context=prod"),
            "ERROR: context 'prod' is not released for faults",
        ),
    ],
)
def test_what_cannot_run_is_one_line(run, words, said):
    """Not preceded by pytest's view of it: that no tests ran, or that a fixture failed."""
    ended = run(*words)
    assert ended.returncode == 4
    assert ended.stdout == ""
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(said)


def test_a_conftest_that_cannot_be_read_is_one_line(run, tmp_path):
    """And not pytest's traceback."""
    (tmp_path / "scenarios/conftest.py").write_text("import nothere")
    ended = run("kill")
    assert (ended.returncode, ended.stdout) == (4, "")
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("ERROR: ")
    assert line.endswith("conftest.py cannot be read: ModuleNotFoundError: No module named 'nothere'")


def test_what_cannot_run_leaves_the_junit_file_of_the_run_before(run, tmp_path):
    """CI that shows the last file would show no tests, and call that green."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/junit.xml").write_text("the run before")
    assert run("nope").returncode == 4
    assert (tmp_path / "reports/junit.xml").read_text() == "the run before"
    assert [one.name for one in (tmp_path / "reports").iterdir()] == ["junit.xml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def (", "test_kill.py cannot be read: SyntaxError: invalid syntax (line 1)"),
        (
            "import nothere",
            "test_kill.py cannot be read: ModuleNotFoundError: No module named 'nothere' (line 1)",
        ),
        (
            SCENARIO.replace('"kill")', '"kill", fault="soon")'),
            "test_kill: fault: 'soon' is not a duration; write it like",
        ),
    ],
)
def test_scenarios_that_cannot_be_listed_are_told_in_one_line(run, tmp_path, text, said):
    """With their place, and exit 4; not an empty table, and not the code of an interrupt."""
    (tmp_path / "scenarios/test_kill.py").write_text(text)
    ended = run(command="list")
    assert ended.returncode == 4
    assert ended.stdout == ""
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("slaharness: scenarios/")
    assert said in line


def test_a_list_says_what_would_be_refused(run, tmp_path):
    """In its own line, under the table; the others are listed as ever."""
    ended = run(command="list")
    assert ended.returncode == 0
    assert f"kill would be refused: no load profile 'steady' in {tmp_path}" in ended.stdout
    (listed,) = json.loads(run("--json", command="list").stdout)
    assert listed["refused"].startswith("no load profile 'steady'")


def test_a_run_leaves_a_junit_file_in_which_trouble_is_an_error(run, tmp_path):
    """Such as a context that no kubeconfig has: nothing failed, and nothing is known."""
    (tmp_path / "scenarios/test_kill.py").write_text(SCENARIO.replace('"kill"', 'None, name="kill"'))
    (tmp_path / "loadprofiles").mkdir()
    (tmp_path / "loadprofiles/steady.py").write_text(
        "from locust import HttpUser\nclass A(HttpUser): tasks = [print]\n"
    )
    (tmp_path / "scenarios/objectives").mkdir()
    shutil.copy(ROOT / "scenarios/objectives/api-availability.yaml", tmp_path / "scenarios/objectives")
    ended = run("kill", "--cluster=existing", "--context=test")
    assert ended.returncode in {4, 6}, ended.stderr
    (suite,) = ET.parse(tmp_path / "reports/junit.xml").getroot()  # noqa: S314  # pytest wrote it
    (case,) = suite
    assert [one.tag for one in case] == ["properties", "error"]
    assert [(one.get("name"), one.get("value")) for one in case[0]] == [("verdict", "UNKNOWN")]
