"""``slaharness send``, ``run --send`` and ``nightly --send``: only where asked, and refused before a run."""

import pytest
from click.testing import CliRunner
from judged import judged, verdict
from receivers import heard
from stacks import SHOP

from slaharness.cli import cli
from slaharness.errors import BadInput, SendTrouble
from slaharness.model import Outcome

__all__ = ["heard"]

NOBODY = '[send]\nurl = "http://127.0.0.1:1/in"\nprotocol = "otlp"\n'
BODY = """
import pytest
from slaharness import FAULT

@pytest.mark.scenario(load="mix", experiment="kill-db")
def test_kill_db(run):
    assert run.verdicts == []
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one scenario, whose settings say where to send to if ``sends``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/test_kill_db.py").write_text(BODY)

    def with_settings(more=NOBODY):
        (tmp_path / "slaharness.toml").write_text(SHOP + more)
        return tmp_path

    return with_settings


def ran(*words):
    return CliRunner().invoke(cli, [str(one) for one in words], standalone_mode=False)


def test_the_command_sends_records_that_are_there(project, heard):
    """Each of them, with a line for each."""
    folder = project(NOBODY.replace("http://127.0.0.1:1/in", heard.url)) / "reports"
    stores = [judged(folder, verdict(Outcome.MET), ended=1000.0 * day) for day in (1, 2)]
    ended = ran("send", *(one.folder for one in stores))
    assert ended.exit_code == 0, ended.exception
    assert ended.output.splitlines() == [f"sent 8 figures to {heard.url} by otlp"] * 2
    assert len(heard.came) == 2


def test_the_command_that_cannot_send_has_failed(project):
    """That is all that it was asked for: one line, and the code of trouble."""
    folder = project() / "reports"
    ended = ran("send", judged(folder, verdict(Outcome.MET), ended=1000.0).folder)
    assert isinstance(ended.exception, SendTrouble)
    assert ended.exception.exit_code == 6


@pytest.mark.parametrize("words", [("send", "record"), ("nightly", "--send")])
def test_nobody_is_named_so_nothing_begins(project, words):
    """With the file that should name somebody."""
    folder = project("")
    ended = ran(*words)
    assert isinstance(ended.exception, BadInput)
    assert str(ended.exception).startswith(f"{folder / 'slaharness.toml'}: send is missing: ")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[send]\nurl = "ftp://a/b"\nprotocol = "otlp"', "send.url: "),
        ('[send]\nurl = "http://me:secret@a/b"\nprotocol = "otlp"', "send.url: "),
        ('[send]\nurl = "http://a/b"\nprotocol = "smoke"', "send.protocol: "),
        (NOBODY + 'labels = {scenario = "x"}', "send.labels.scenario"),
        (NOBODY + 'labels = {"a b" = "x"}', "send.labels.a b"),
    ],
)
def test_each_slip_of_the_settings_is_one_line(project, more, said):
    """With its field; a password does not belong there."""
    project(more)
    ended = ran("send", "record")
    assert isinstance(ended.exception, BadInput)
    assert f"slaharness.toml: {said}" in str(ended.exception)
    assert "secret" not in str(ended.exception)
