"""The reference page says what the model says."""

from pathlib import Path

from slaharness.settings import reference

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_current():
    """Else: python -m slaharness.settings.reference > docs/settings.md."""
    assert PAGE.read_text() == reference.page()


def test_every_key_is_explained():
    """No row of the page is without words."""
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert len(rows) > 30
    assert [row[0] for row in rows if not row[1].strip()] == []
