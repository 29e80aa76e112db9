"""The stack by TLS on a real cluster: users come by HTTPS and verify, and what has a weakness is caught."""

from pathlib import Path

import pytest
import yaml
from stacks import WEATHER

MISSED, UNREADY = 1, 6
MUTANTS = Path(__file__).parents[2] / "weather/mutants"
ENCRYPTED = "weather/deploy/profiles/encrypted"

pytestmark = pytest.mark.live


def test_users_come_by_https_and_notice_no_lost_pod(harness, cluster):
    """Each client verifies the edge; who looks whether the stack serves does so, too, at each of its pods."""
    deployed = harness("deploy", "--name", "live", "--overlay", ENCRYPTED, "--replace-stack")
    assert deployed.code == 0, deployed.err
    assert WEATHER.entrance(cluster).url.startswith("https://")
    name = "kill-one-api-pod"
    ended = harness.proves(name, "--overlay", ENCRYPTED)
    assert int(ended.verdicts[f"{name}/api-availability/FAULT"]["requests"]) > 900


@pytest.mark.nightly
@pytest.mark.parametrize(
    "name", ["edge-certificate-lives-for-minutes", "issuer-is-away-while-a-certificate-ends"]
)
def test_a_certificate_ends_and_nobody_notices(harness, name):
    """Every request shakes hands anew; the record says the same without a cluster."""
    ended = harness.proves(name, within=1400)
    assert int(ended.verdicts[f"{name}/api-availability/FAULT"]["requests"]) > 10_000


@pytest.mark.nightly
@pytest.mark.parametrize("mutant", ["edge-restarts-for-its-certificate", "edge-renews-at-the-last-minute"])
def test_an_edge_that_cannot_renew_in_peace_is_caught(harness, mutant):
    """By handshakes that failed, and connections that nobody took."""
    told = yaml.safe_load((MUTANTS / "mutants.yaml").read_text())[mutant]
    ended = harness.run(told["scenario"], "--overlay", f"weather/mutants/{mutant}", within=1400)
    assert ended.code == MISSED, ended.err
    verdict = ended.verdicts[f"{told['scenario']}/{told['objective']}/FAULT"]
    assert verdict["outcome"] == "MISSED"
    assert told["reason"] in verdict["reason"]


@pytest.mark.nightly
def test_an_edge_that_shows_what_nobody_trusts_is_no_stack_to_test(harness):
    """It is refused before any load, in words that say where to look."""
    ended = harness.run(
        "edge-certificate-lives-for-minutes", "--overlay", f"{MUTANTS}/edge-keeps-its-certificate"
    )
    assert ended.code == UNREADY, ended.err
    assert "an answer through the edge (SSLError)" in ended.err
