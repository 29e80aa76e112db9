"""Where standard output and error have not all of our characters: others are printed, and codes stay."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from judged import judged, verdict
from stacks import SHOP

from slaharness.model import Outcome

QUESTION = "Is ≥ 99 % of it answered — “in time”…?"
SCENARIO = f"""
import pytest

@pytest.mark.scenario(load="mix", experiment="kill-db")
def test_kill(run):
    \"\"\"{QUESTION}\"\"\"
    assert run.meets("answers", over="FAULT")
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "slaharness.toml").write_text(SHOP, "utf-8")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/test_kill.py").write_text(SCENARIO, "utf-8")
    return tmp_path


def ran(project: Path, *words: str, encoding: str = "ascii") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=project, capture_output=True, timeout=180, check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip


def test_a_list_is_printed_in_plain_characters(project):
    """A log of ASCII: the question is there, in signs that say the same."""
    ended = ran(project, "slaharness", "list")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b'Is >= 99 % of it answered - "in time"...?' in ended.stdout


def test_history_has_its_own_code_there(project):
    judged(project / "reports", verdict(Outcome.MET), ended=time.time())
    ended = ran(project, "slaharness", "history")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b">= 99 %" in ended.stdout


@pytest.mark.parametrize(
    "words", [("slaharness", "judge", "RECORD"), ("pytest", "scenarios", "--sla-record=RECORD")]
)
def test_a_judged_record_has_the_code_of_its_verdict_there(project, words):
    """By our command, and by pytest's with our plugin."""
    store = judged(project / "reports", verdict(Outcome.MET), ended=time.time())
    ended = ran(project, *(one.replace("RECORD", str(store.folder)) for one in words))
    assert b"the run did not come to its end" in ended.stdout
    assert b"UNKNOWN" in ended.stdout
    assert ended.returncode == 3, ended.stderr


def test_a_name_that_is_no_text_is_printed(project):
    """A folder of Latin letters from long ago, where the terminal has UTF-8."""
    there = project / "reports" / os.fsdecode(b"kill-db\xe9") / "20260101T000000.000000Z"
    there.mkdir(parents=True)
    (there / "run.json").write_text("{}")
    ended = ran(project, "slaharness", "history", encoding="utf-8")
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"kill-db?" in ended.stdout
