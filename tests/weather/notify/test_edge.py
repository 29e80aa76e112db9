"""What the edge does with the service's routes, by the real HAProxy, where there is one."""

import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
import requests
from parts import WEATHER

from slaharness.host import wait
from weather.notify import listeners, stream

HAPROXY = shutil.which("haproxy")
BASE = WEATHER / "deploy" / "base"

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="no HAProxy on this machine")


def free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def configured(folder: Path, address: str, edge: int, *further: Path) -> Path:
    """The deployed configuration, on loopback: all services at one address, and no name is looked up."""
    swapped = {
        ":8080": f"127.0.0.1:{edge}",
        ":8404": f"127.0.0.1:{free()}",
        "    parse-resolv-conf": "    nameserver none 127.0.0.1:9",
        " init-addr none resolvers cluster resolve-prefer ipv4": "",
    }
    for file in (BASE / "application/edge/haproxy.cfg", *further):
        text = re.sub(r"server-template pod 8 \S+", f"server one {address}", file.read_text())
        for there, here in swapped.items():
            text = text.replace(there, here)
        (folder / file.name).write_text(text)
    return folder


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
