"""What ``slaharness --help`` shows is laid out as it was written."""

import subprocess
import sys

import click
from click.testing import CliRunner

from slaharness.cli import Commands, cli


def test_exit_codes_stand_in_lines_of_their_own():
    """A reader finds each code; no mark of the layout is shown."""
    told = CliRunner().invoke(cli, ["--help"]).output
    assert "\\b" not in told
    assert "\n  Exit codes: 0 every objective met · 1 one missed · 2 interrupted, all undone\n" in told
    assert "\n              7 the test's own code broke · 70 internal error\n" in told


def test_commands_are_told_as_each_of_them_tells_itself(monkeypatch):
    """The first sentence of each, as short as click has it."""
    told = CliRunner().invoke(cli, ["--help"]).output
    monkeypatch.setattr(Commands, "format_commands", click.Group.format_commands)
    assert CliRunner().invoke(cli, ["--help"]).output == told


def test_help_loads_no_command():
    """It is there at once: what commands need takes seconds to load."""
    script = (
        "import sys; from slaharness.cli import cli; cli(['-h'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "slaharness.cli" in loaded
    assert not {"slaharness.cli.scenarios", "kubernetes", "pytest", "rich"} & set(loaded)
