"""Who scrapes the load: the stack's own Prometheus, or one of ours, in the undo journal as the load is."""

from contextlib import contextmanager

import pytest
import requests
from stacks import stack

from slaharness import run
from slaharness.cluster.api import Endpoint
from slaharness.cluster.provider import ClusterInfo
from slaharness.host import paths
from slaharness.load import scraper
from slaharness.load.meter import opened
from slaharness.metrics.prometheus import Prometheus
from slaharness.metrics.routed import Routed
from slaharness.model import Scenario
from slaharness.stack.protocol import PrometheusAt
from slaharness.undo import journal as undo

SCENARIO = Scenario("kill", load="orders", experiment="kill", nodeid="test_it")
URL = "http://127.0.0.1:1"


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """What measures a stack with that Prometheus, what is to be undone meanwhile, and what was started."""
    monkeypatch.setattr(paths, "STATE", tmp_path)
    started = []

    @contextmanager
    def beside(cluster, *, limit, reference, namespace, secret):
        started.append((reference, limit, namespace, secret))
        yield Endpoint(URL, requests.Session())

    monkeypatch.setattr(scraper, "beside", beside)
    monkeypatch.setattr(ClusterInfo, "api", lambda _: None)

    def measure(at):
        cluster = ClusterInfo("fake", "fake", tmp_path / "kubeconfig", "fake", "1.34", ("n1",), frozenset())
        limit = run._limit(SCENARIO)
        images = {scraper.NAME: "registry/load-prometheus@sha256:1"}
        with (
            undo.journal("r1") as journal,
            opened(cluster, stack(prometheus=at), journal, images=images, limit=limit) as meter,
        ):
            return meter, [one.what for one in journal.entries], started

    return measure


def test_stack_that_scrapes_the_load_is_measured_by_its_own_prometheus(measured):
    """Nothing is put beside the load."""
    meter, to_undo, started = measured(PrometheusAt(url=URL, load="scraped"))
    assert isinstance(meter, Prometheus)
    assert (to_undo, started) == ([], [])


@pytest.mark.parametrize("at", [PrometheusAt(url=URL, interval=15.0, load="own"), None])
def test_load_that_nobody_scrapes_has_a_prometheus_beside_it(measured, at):
    """From the registry's reference, for as long as the load may last, and never without its undo on disk."""
    meter, to_undo, started = measured(at)
    assert isinstance(meter, Routed)
    assert to_undo == ["Prometheus of the load"]
    ((reference, limit, namespace, secret),) = started
    assert secret is None
    assert reference == "registry/load-prometheus@sha256:1"
    assert namespace == "load"
    assert limit > SCENARIO.baseline + SCENARIO.fault + SCENARIO.recovery
