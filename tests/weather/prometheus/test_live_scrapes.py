"""Real Prometheus with the stack's own configuration asks nobody by HTTPS whom it cannot verify."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import authorities
import pytest
import requests
import yaml
from authorities import Authority
from parts import BASE

from slaharness.host import wait
from slaharness.metrics import process

pytestmark = pytest.mark.live

#: Seconds for something to be scraped on a busy machine.
SOON = 120.0


class Counters(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"seen 1\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Authority]:
    """The authority of whom ``port`` is, which counts and has a certificate for its name."""
    ours = Authority()
    shown = ours.issue(tmp_path / "own", "localhost")
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown / "tls.crt", shown / "tls.key")
    with ThreadingHTTPServer(("127.0.0.1", 0), Counters) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tmp_path / "port").write_text(str(server.server_address[1]))
        yield ours
        server.shutdown()


def configured(folder: Path, ports: dict[str, int]) -> None:
    """As in the cluster, as far as it is about pods that are found."""
    said = yaml.safe_load((BASE / "observability" / "prometheus.yml").read_text())
    said["scrape_configs"] = [one for one in said["scrape_configs"] if one["job_name"] == "services"]
    text = yaml.safe_dump(said).replace("/targets/", f"{folder}/targets/")
    (folder / "config.yaml").write_text(text)
    (folder / "targets").mkdir()
    for name, port in ports.items():
        target = {
            "targets": [f"localhost:{port}"],
            "labels": {"__scheme__": "https", "pod": name, "node": ""},
        }
        (folder / "targets" / f"{name}.json").write_text(json.dumps([target]))


def settings(authority: Path) -> dict[str, str]:
    """Those that its pod has, with the authority where it lies here."""
    pod = yaml.safe_load((BASE / "tls/scrapes/prometheus.yaml").read_text())["spec"]["template"]["spec"]
    env = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
    return {name: value.replace("/authority", str(authority.parent)) for name, value in env.items()}


def health(port: int) -> dict[str, str]:
    answer = requests.get(f"http://127.0.0.1:{port}/api/v1/targets", timeout=10).json()
    return {one["labels"]["job"]: one["health"] for one in answer["data"]["activeTargets"]}


def test_only_who_is_certified_for_its_name_by_our_authority_is_asked(served, tmp_path, monkeypatch):
    for name, value in settings(tmp_path / "own/ca.crt").items():
        monkeypatch.setenv(name, value)
    others = {
        "stranger": Authority("another").issue(tmp_path / "stranger", "localhost"),
        "elsewhere": served.issue(tmp_path / "elsewhere", "pulsar-0.pulsar.streaming.svc"),
    }
    with ExitStack() as stack:
        heard = {name: stack.enter_context(authorities.listening(one)) for name, one in others.items()}
        ports = {name: one.port for name, one in heard.items()}
        configured(tmp_path, {"good": int((tmp_path / "port").read_text()), **ports})
        prometheus = process.launch(tmp_path, port := process.free_port())
        try:
            wanted = {"good": "up", "stranger": "down", "elsewhere": "down"}

            def seen() -> bool:
                try:
                    return health(port) == wanted
                except requests.RequestException:  # not there yet, or not ready to say
                    return False

            wait.until(seen, within=SOON, what="each target was tried")
        finally:
            prometheus.kill()
            prometheus.wait()
        assert all(one.calls for one in heard.values())
        assert {name: bytes(one.told) for name, one in heard.items()} == dict.fromkeys(others, b"")
