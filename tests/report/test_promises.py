"""What a verdict is about, in words: whoever reads a page has not read the code."""

import pytest

from slaharness.checks.hypothesis import HYPOTHESIS
from slaharness.checks.no_residue import NO_RESIDUE
from slaharness.checks.registry import known
from slaharness.model import RECOVERY, Outcome, Scenario, Verdict
from slaharness.record.night import Night, NightStore, Try
from slaharness.report import night as night_report
from slaharness.report.promises import promise

NAMES = [name.format(stage="lake") for check in known().values() for name in check.verdicts]


def verdict(name: str) -> Verdict:
    return Verdict(name, RECOVERY, Outcome.MET, "target", "seen", None, "reason")


@pytest.mark.parametrize("name", [*NAMES, NO_RESIDUE, HYPOTHESIS])
def test_each_check_is_told_in_a_sentence(name: str) -> None:
    """Of a stage with its name: a record may have several."""
    told = promise(verdict(name), {})
    assert len(told.split()) > 2
    assert told != name
    assert ("lake" in told) == name.startswith("lake-")


def test_an_objective_has_the_title_that_its_author_gave_it() -> None:
    """Also where it has a check's name; of a project's own check the name stays."""
    assert promise(verdict("no-residue"), {"no-residue": "My own"}) == "My own"
    assert promise(verdict("orders-shipped"), {}) == "orders-shipped"


def test_the_page_of_a_night_tells_what_each_verdict_is_about(tmp_path) -> None:
    """Also when the records themselves have gone."""
    scenario = Scenario("kill-the-sink", "alerts", "kill-the-sink", question="Is the lake whole?")
    one = Try(scenario.name, 0.0, 60.0, 0, str(tmp_path / "gone"), verdicts=(verdict("lake-content"),))
    night = Night(0.0, (scenario,), "cluster default", tries=(one,))
    store = NightStore.create(tmp_path, night)
    night_report.write_page(store, night)
    page = store.page.read_text()
    assert "All that had to come to lake is there, and nothing else" in page
    assert "lake-content" not in page
