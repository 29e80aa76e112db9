"""The Prometheus beside the load sends the load's samples on, and nobody reads by what right."""

import json
import threading
from base64 import b64decode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import yaml
from fake_api import cluster, state
from stacks import stack

from slaharness.cluster.api import Endpoint
from slaharness.errors import BadInput, HostTrouble
from slaharness.host.wait import until
from slaharness.load import manifest, meter, remote_write, scraper
from slaharness.metrics import process
from slaharness.metrics.routed import Routed
from slaharness.stack.protocol import Auth, PrometheusAt, RemoteWrite
from slaharness.undo import journal as undo

__all__ = ["cluster", "state"]

#: Names of environment variables.
BEARER, WORD = "TOKEN", "PASS"
URL = "http://metrics.example.org/api/v1/push"


@pytest.fixture(autouse=True)
def secrets(monkeypatch, tmp_path):
    (tmp_path / "ca.pem").write_text("the bundle")
    (tmp_path / "both.pem").write_text("certificate and key")
    for name, value in {
        "TOKEN": "t0p-secret", "USER_": "me", "PASS": "hunter2",
        "CA": str(tmp_path / "ca.pem"), "CERT": str(tmp_path / "both.pem"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


def unpacked(auth, url=URL):
    """The Secret's files, and what its configuration says of where samples go."""
    made = remote_write.secret(RemoteWrite(url, auth), "load")
    files = {name: b64decode(text).decode() for name, text in made["data"].items()}
    config = yaml.safe_load(files.pop(remote_write.CONFIG))
    (target,) = config["remote_write"]
    return files, config, target


def test_who_sends_is_in_files_of_a_secret():
    """Token, password and keys are never in the configuration itself."""
    files, _, target = unpacked(Auth(token=BEARER, ca="CA", cert="CERT"))
    assert files == {"token": "t0p-secret", "ca": "the bundle", "cert": "certificate and key"}
    assert target["authorization"] == {"credentials_file": "token"}
    assert target["tls_config"] == {"ca_file": "ca", "cert_file": "cert", "key_file": "cert"}
    files, _, target = unpacked(Auth(user="USER_", password=WORD))
    assert target["basic_auth"] == {"username": "me", "password_file": "password"}
    assert files == {"password": "hunter2"}


def test_it_scrapes_as_it_does_without():
    """Only the load's own samples go out; what a verdict rests on is scraped every second still."""
    base = yaml.safe_load((scraper.HERE / "prometheus" / "prometheus.yml").read_text())
    _, config, target = unpacked(Auth())
    assert config == {**base, "remote_write": [target]}
    assert target["url"] == URL
    (kept,) = target["write_relabel_configs"]
    assert (kept["source_labels"], kept["regex"], kept["action"]) == (["job"], "load", "keep")


def test_a_variable_that_is_not_set_is_named(monkeypatch):
    """Before anything is made."""
    monkeypatch.delenv("TOKEN")
    with pytest.raises(BadInput, match="environment variable TOKEN"):
        unpacked(Auth(token=BEARER))


def test_a_tenant_that_would_not_be_sent_is_refused():
    """The Prometheus of the image takes headers, and sends none."""
    with pytest.raises(BadInput, match="no tenant"):
        unpacked(Auth(tenant="TENANT"))


def test_its_pod_starts_from_the_secret():
    """Which comes first, and goes with it; without one it is as it was."""
    secret = remote_write.secret(RemoteWrite(URL), "load")
    first, service, pod = scraper.objects(image="i:1", limit=60, secret=secret)
    assert (first["kind"], service["kind"]) == ("Secret", "Service")
    (container,) = pod["spec"]["containers"]
    mounted = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert f"--config.file={mounted['config']}/{remote_write.CONFIG}" in container["command"]
    (volume,) = [one for one in pod["spec"]["volumes"] if one["name"] == "config"]
    assert volume["secret"]["secretName"] == first["metadata"]["name"]
    _, plain = scraper.objects(image="i:1", limit=60)
    assert "command" not in plain["spec"]["containers"][0]
    assert plain["spec"]["containers"][0]["securityContext"] == container["securityContext"]
    assert container["securityContext"] == manifest.CONFINED


def test_the_undo_journal_names_the_secret_and_holds_nothing_of_it(cluster, monkeypatch):
    """What is on disk here is no place for it. The verdict is asked of our own Prometheus still."""
    made = []

    @contextmanager
    def beside(_, *, secret, **__):
        made.append(secret)
        yield Endpoint("http://127.0.0.1:1", requests.Session())

    monkeypatch.setattr(scraper, "beside", beside)
    to = RemoteWrite(URL, Auth(token=BEARER))
    at = PrometheusAt(url="http://127.0.0.1:1", load="remote-write", remote_write=to)
    with undo.journal("r1") as journal:
        images = {scraper.NAME: "i:1"}
        opened = meter.opened(cluster.info, stack(prometheus=at), journal, images=images, limit=60)
        with opened as found:
            assert isinstance(found, Routed)
            text = journal.file.read_text()
    (entry,) = json.loads(text)["entries"]
    assert {"Secret", "Pod"} <= {one["kind"] for one in entry["args"]["objects"]}
    assert "t0p-secret" in b64decode(made[0]["data"]["token"]).decode()
    assert "t0p-secret" not in text
    assert made[0]["data"]["token"] not in text
    assert "t0p-secret" not in repr(at)


def test_it_is_gone_with_the_prometheus(cluster, monkeypatch):
    """Also when that never answers."""
    monkeypatch.setattr(scraper, "ANSWERS_WITHIN", 0.5)
    secret = remote_write.secret(RemoteWrite(URL), "load")
    beside = scraper.beside(cluster.info, limit=60, reference="i:1", namespace="load", secret=secret)
    with pytest.raises(Exception, match=r"the Prometheus beside the load: .*; its pod is Pending"), beside:
        pass
    assert cluster.names("secrets") == []
    assert [path for verb, path in cluster.requests if verb == "PATCH" and "/secrets/" in path] != []


@pytest.fixture
def receiver():
    """Takes remote writes, and keeps their headers."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers, body))
            self.send_response(204)
            self.end_headers()

        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"loadgen_requests_total 7\n")

        def log_message(self, *_):
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", got
    server.shutdown()
    server.server_close()


@pytest.mark.live
def test_a_real_prometheus_sends_the_loads_samples_with_what_proves_it(receiver, tmp_path):
    """From the Secret's files as they are; only the address of the load's pods is another here."""
    host, got = receiver
    try:
        process.programs()
    except HostTrouble as missing:
        pytest.skip(str(missing))
    files, config, _ = unpacked(Auth(token=BEARER), f"http://{host}/api/v1/push")
    port = process.free_port()
    for job in config["scrape_configs"]:
        job.pop("dns_sd_configs", None)
        job["static_configs"] = [{"targets": [host if job["job_name"] == "load" else f"127.0.0.1:{port}"]}]
    for name, text in {**files, "config.yaml": yaml.safe_dump(config)}.items():
        (tmp_path / name).write_text(text)
    prometheus = process.launch(tmp_path, port)
    try:
        until(lambda: any(b"loadgen" in body for *_, body in got), within=40, what="samples are sent")
    finally:
        prometheus.kill()
        prometheus.wait()
    path, headers, _ = got[-1]
    assert path == "/api/v1/push"
    assert headers["Authorization"] == "Bearer t0p-secret"
    sent = b"".join(body for *_, body in got)
    assert b"loadgen_requests_total" in sent
    assert b"prometheus_tsdb" not in sent
