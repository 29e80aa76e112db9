"""The verdicts on a terminal: a table where there is room, and a list where there is none."""

from io import StringIO

import pytest
from rich.console import Console

from slaharness.model import FAULT, RECOVERY, Outcome, Verdict
from slaharness.report.table import verdict_table

REASON = "0 of 1,050 requests failed: 100 % ≥ 99.9 %"
VERDICTS = [
    Verdict("api-availability", FAULT, Outcome.MET, "≥ 99.9 %", "100 %", 1050, REASON),
    Verdict("no-reading-lost", RECOVERY, Outcome.MISSED, "≤ 0", "2", 758, "2 of [all] are lost"),
]


def told(width: int) -> list[str]:
    out = StringIO()
    Console(file=out, width=width, force_terminal=True, color_system=None).print(
        verdict_table("kill: Do users notice?", VERDICTS)
    )
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 119])
def test_a_reason_is_read_in_lines_however_narrow_the_terminal(width):
    """Eighty columns are what most terminals have; a column of four letters is read by nobody."""
    lines = told(width)
    assert max(map(len, lines)) <= width
    assert any(REASON in line for line in lines)
    assert any("MISSED no-reading-lost over RECOVERY: seen 2, target ≤ 0" in line for line in lines)
    assert any("2 of [all] are lost" in line for line in lines)
    assert lines[0].startswith("kill: Do users notice?")


def test_a_wide_terminal_has_a_table():
    """A row a verdict; whatever a reason says is words."""
    lines = told(160)
    assert any("2 of [all] are lost" in line for line in lines)
    (row,) = [line for line in lines if "api-availability" in line]
    assert [cell.strip() for cell in row.strip("│ ").split("│")][-2:] == ["MET", REASON]
