"""Which pods Prometheus is told to scrape, and how."""

import pytest
import targets

POD = {
    "metadata": {
        "name": "pulsar-0", "namespace": "streaming", "labels": {"app.kubernetes.io/name": "pulsar"},
    },
    "spec": {"nodeName": "worker", "hostname": "pulsar-0", "subdomain": "pulsar"},
    "status": {"podIP": "198.18.3.4", "phase": "Running"},
}  # fmt: skip


def test_a_pod_is_scraped_at_its_address():
    (one,) = targets.targets(targets.parse("pulsar=streaming/pulsar:8080"), [POD])
    assert one == {"targets": ["198.18.3.4:8080"], "labels": {"pod": "pulsar-0", "node": "worker"}}


def test_by_https_it_is_asked_under_its_own_name():
    """An address is in no certificate."""
    (one,) = targets.targets(targets.parse("pulsar=https://streaming/pulsar:8443"), [POD])
    assert one["targets"] == ["pulsar-0.pulsar.streaming.svc:8443"]
    assert one["labels"] == {"pod": "pulsar-0", "node": "worker", "__scheme__": "https"}


@pytest.mark.parametrize("state", [{"phase": "Failed", "podIP": "198.18.3.4"}, {"phase": "Pending"}])
@pytest.mark.parametrize("way", ["", "https://"])
def test_one_that_ended_or_has_no_address_yet_is_none(state, way):
    assert (
        targets.targets(targets.parse(f"pulsar={way}streaming/pulsar:8443"), [POD | {"status": state}]) == []
    )
