"""What the edge does with the service's routes, by the real HAProxy, where there is one."""

import subprocess

import pytest
import requests
from edges import HAPROXY, configured, free
from parts import BASE

from slaharness.host import wait
from weather.notify import listeners, stream

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="no HAProxy on this machine")


@pytest.fixture(params=["with notify", "core"])
def edge(request, all_services, tmp_path, monkeypatch):
    """Its address, and whether it knows the service's backend: without, its default one is asked."""
    monkeypatch.setattr(stream, "everybody", listeners.Listeners())
    further = [BASE / "notify/notify.cfg"] if request.param == "with notify" else []
    port = free()
    folder = configured(tmp_path, all_services.url.removeprefix("http://"), port, *further)
    process = subprocess.Popen([str(HAPROXY), "-db", "-f", str(folder)])
    try:
        url = f"http://127.0.0.1:{port}"

        def serves() -> bool:
            try:
                return requests.get(f"{url}/stations/S1/readings", timeout=5).status_code == 200
            except requests.RequestException:
                return False

        wait.until(serves, within=30, every=0.2, what="the edge serves")
        yield url, bool(further)
    finally:
        process.terminate()
        process.wait(30)


def test_users_come_to_what_is_theirs_and_to_nothing_else(edge):
    """Page, limits and alerts can be asked for, whatever they are called; probes, metrics, export cannot."""
    url, _ = edge
    for path in ("/", "/page.js", "/page.css", "/users/ann/alerts", "/users/current/limits"):
        assert requests.get(url + path, timeout=5).status_code == 200, path
    assert requests.get(f"{url}/stations", timeout=5).json() == []
    answer = requests.put(f"{url}/stations/current/limits/alerts", json={"high": 1}, timeout=5)
    assert answer.status_code == 200
    for path in ("/export", "/metrics", "/readyz", "/openapi.json", "/page/index.html"):
        assert requests.get(url + path, timeout=5).status_code == 404, path


def test_a_stream_outlives_silence_longer_than_any_answer_may_take(edge, monkeypatch):
    """Only by its own backend: what says something every few seconds is no late answer."""
    url, there = edge
    monkeypatch.setattr(listeners, "BEAT", 6.0)
    with requests.get(f"{url}/users/ann/alerts/stream", stream=True, timeout=20) as answer:
        heard = []
        try:
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                heard.append(line)
                if heard.count(": nothing new") == 2:
                    break
        except requests.RequestException:
            pass
    assert (heard.count(": nothing new") == 2) is there


def test_a_large_body_is_refused_through_the_edge_too(edge):
    """The client is told, however it sends it."""
    url, _ = edge
    assert requests.post(f"{url}/readings", data=b"x" * 10_000_000, timeout=10).status_code == 413
