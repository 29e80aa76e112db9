"""What ``slaharness --help`` shows is laid out as it was written."""

from click.testing import CliRunner

from slaharness.cli import cli


def test_exit_codes_stand_in_lines_of_their_own():
    """A reader finds each code; no mark of the layout is shown."""
    told = CliRunner().invoke(cli, ["--help"]).output
    assert "\\b" not in told
    assert "\n  Exit codes: 0 every objective met · 1 one missed · 2 interrupted, all undone\n" in told
    assert "\n              7 the test's own code broke · 70 internal error\n" in told
