"""The page on other systems tells every metric that there is, in the words of the code."""

from pathlib import Path

from slaharness.report.outward.figures import MEANINGS

PAGE = Path(__file__).parents[2] / "docs/other-systems.md"


def test_every_metric_is_explained_and_no_other() -> None:
    """Whoever builds an alert reads the page, not the code."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `slaharness_")]
    assert rows == [f"| `{name}` | {meaning} |" for name, meaning in MEANINGS.items()]
