"""What carries committed readings on, killed on the real stack: nothing is lost on the way."""

import pytest

MISSED = 1
pytestmark = [pytest.mark.live, pytest.mark.nightly]


@pytest.mark.parametrize("name", ["kill-pulsar", "kill-the-sink", "lose-the-object-store-while-streaming"])
def test_every_acknowledged_reading_comes_to_each_stage(harness, name):
    """Topic and lake are read back, held against the ledger, and say the same without a cluster."""
    ended = harness.proves(name)
    for stage in ("messages", "lake"):
        assert int(ended.verdicts[f"{name}/{stage}-content/RECOVERY"]["requests"]) > 500


def test_a_sink_that_acknowledges_before_it_has_kept_is_caught(harness):
    """Readings that a kill costs come with their corrections; withdrawals are said once."""
    name = "kill-the-sink"
    ended = harness.run(name, "--overlay", "weather/mutants/sink-at-most-once")
    assert ended.code == MISSED, ended.err
    content = ended.verdicts[f"{name}/lake-content/RECOVERY"]
    assert content["outcome"] == "MISSED"
    assert "are resurrected" in content["reason"]
