"""What carries committed readings on, killed on the real stack: nothing is lost on the way."""

from pathlib import Path

import pytest
import yaml

MISSED = 1
MUTANTS = Path(__file__).parents[2] / "weather/mutants"
nightly = pytest.mark.nightly
pytestmark = pytest.mark.live


@nightly
@pytest.mark.parametrize("name", ["kill-pulsar", "kill-the-sink", "lose-the-object-store-while-streaming"])
def test_every_acknowledged_reading_comes_to_each_stage(harness, name):
    """Topic and lake are read back, held against the ledger, and say the same without a cluster."""
    ended = harness.proves(name)
    for stage in ("messages", "lake"):
        assert int(ended.verdicts[f"{name}/{stage}-content/RECOVERY"]["requests"]) > 500


@nightly
def test_a_sink_that_acknowledges_before_it_has_kept_is_caught(harness):
    """Readings that a kill costs come with their corrections; withdrawals are said once."""
    name = "kill-the-sink"
    ended = harness.run(name, "--overlay", "weather/mutants/sink-at-most-once")
    assert ended.code == MISSED, ended.err
    content = ended.verdicts[f"{name}/lake-content/RECOVERY"]
    assert content["outcome"] == "MISSED"
    assert "are resurrected" in content["reason"]


@pytest.mark.parametrize(
    "name",
    [
        "kill-the-taskmanager",
        pytest.param("kill-the-jobmanager", marks=nightly),
        pytest.param("kill-one-who-tells-users", marks=nightly),
        pytest.param("kill-all-who-tell-users", marks=nightly),
        pytest.param("change-limits-under-load", marks=nightly),
        pytest.param("poison-the-stream", marks=nightly),
        pytest.param("lose-the-object-store-while-users-listen", marks=nightly),
    ],
)
def test_every_alert_that_was_due_is_kept_and_no_other(harness, name):
    """By the ledger and the limits of the moment; the record says the same without a cluster."""
    ended = harness.proves(name, within=1400)  # its images are fetched and built the first time
    for stage, least in (("messages", 500), ("lake", 500), ("alerts", 100)):
        assert int(ended.verdicts[f"{name}/{stage}-content/RECOVERY"]["requests"]) >= least


@nightly
@pytest.mark.parametrize("mutant", ["alerts-without-checkpoints", "notify-acknowledges-first"])
def test_alerts_that_go_by_a_weakness_are_caught(harness, mutant):
    """What was due and is not there, and what is there and was not due."""
    told = yaml.safe_load((MUTANTS / "mutants.yaml").read_text())[mutant]
    ended = harness.run(told["scenario"], "--overlay", f"weather/mutants/{mutant}")
    assert ended.code == MISSED, ended.err
    content = ended.verdicts[f"{told['scenario']}/{told['objective']}/RECOVERY"]
    assert content["outcome"] == "MISSED"
    assert told["reason"] in content["reason"]
