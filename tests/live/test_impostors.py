"""Who else answers in the database's place is told nothing, and a service that tells it is caught."""

from pathlib import Path

import pytest
import yaml

MISSED = 1
MUTANTS = Path(__file__).parents[2] / "weather/mutants"
NAME = "somebody-else-in-the-databases-place"
TOLD = f"{NAME}/impostors-told-nothing/FAULT"

pytestmark = [pytest.mark.live, pytest.mark.nightly]


def test_nobody_but_the_database_is_told_anything(harness):
    """Services did find the impostors, or it would be UNKNOWN; the record says the same without a cluster."""
    assert harness.proves(NAME).verdicts[TOLD]["seen"] == "0"


@pytest.mark.parametrize("mutant", ["readings-believe-anybody", "readings-believe-the-ended"])
def test_one_client_that_does_not_verify_is_caught(harness, mutant):
    """By what somebody else was told."""
    expected = yaml.safe_load((MUTANTS / "mutants.yaml").read_text())[mutant]
    ended = harness.run(NAME, "--overlay", f"weather/mutants/{mutant}")
    assert ended.code == MISSED, ended.err
    assert ended.verdicts[TOLD]["outcome"] == "MISSED"
    assert expected["reason"] in ended.verdicts[TOLD]["reason"]
