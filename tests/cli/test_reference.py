"""The page of exit codes, checks and objectives' fields says what the code says."""

from pathlib import Path

from slaharness.checks import registry
from slaharness.cli import reference

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def test_the_page_is_current():
    """Else: python -m slaharness.cli.reference > docs/reference.md."""
    assert PAGE.read_text() == reference.page()


def test_each_exit_code_check_and_field_is_there():
    """Whoever reads it misses nothing that can be met, asked or written."""
    text = PAGE.read_text()
    assert [code for code in (0, 1, 2, 3, 4, 5, 6, 7, 70) if f"\n| {code} | " not in text] == []
    assert [name for name in registry.known() if f"### `run.{name}(" not in text] == []
    for field in (
        "spec.objectives[].targetPercent",
        "metadata.annotations.slaharness.dev/floor",
        "spec.service",
    ):
        assert f"| `{field}` | " in text
