"""What carries committed readings on, killed on the real stack: nothing is lost on the way."""

import pytest

pytestmark = [pytest.mark.live, pytest.mark.nightly]


def test_every_acknowledged_reading_comes_to_the_stream(harness):
    """The stage is read back, held against the ledger, and says the same without a cluster."""
    name = "kill-pulsar"
    ended = harness.proves(name)
    content = ended.verdicts[f"{name}/stage-content/RECOVERY"]
    assert int(content["requests"]) > 500
