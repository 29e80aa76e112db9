"""What Prometheus is told of how many pods there are."""

import http.client
import threading
from functools import partial
from http.server import ThreadingHTTPServer

import exporter
import incluster
import pytest
import replicas
import requests

FORECAST = {
    "metadata": {"name": "forecast", "namespace": "application"},
    "spec": {"replicas": 0},
    "status": {},
}
READINGS = {
    "metadata": {"name": "readings", "namespace": "application"},
    "spec": {"replicas": 2},
    "status": {"replicas": 2, "readyReplicas": 1},
}


@pytest.fixture
def told(monkeypatch):
    """Make the exporter answer from what the API says, or fail as it does; return its address."""
    monkeypatch.setattr(incluster, "connection", lambda: http.client.HTTPConnection("127.0.0.1"))
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), exporter.handler("deployments", partial(replicas.of, ["application"]))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/metrics"
    server.shutdown()
    server.server_close()


def test_zero_is_a_number(told, monkeypatch):
    """The API leaves out what is zero; a service that sleeps has no pods, and that must be said."""
    monkeypatch.setattr(
        incluster, "listed", lambda path, _: [FORECAST, READINGS] if "application" in path else []
    )
    text = requests.get(told, timeout=5).text
    assert 'kube_deployment_status_replicas{namespace="application",deployment="forecast"} 0\n' in text
    assert 'kube_deployment_status_replicas{namespace="application",deployment="readings"} 2\n' in text
    assert 'kube_deployment_status_replicas_ready{namespace="application",deployment="readings"} 1\n' in text
    assert 'kube_deployment_spec_replicas{namespace="application",deployment="forecast"} 0\n' in text


def test_what_cannot_be_asked_is_no_number(told, monkeypatch):
    """A scrape that fails leaves a gap, which makes a verdict UNKNOWN; an old number would make it wrong."""

    def refused(*_):
        raise ConnectionRefusedError("no API")

    monkeypatch.setattr(incluster, "listed", refused)
    answer = requests.get(told, timeout=5)
    assert (answer.status_code, "kube_deployment" in answer.text) == (503, False)
