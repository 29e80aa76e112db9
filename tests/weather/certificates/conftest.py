"""cert-manager and the test authority as processes on loopback, beside a real Kubernetes API server.

There are no nodes: what would be a pod that answers a challenge is started here, as its object says.
"""

import json
import os
import ssl
import subprocess
import threading
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apiserver
import parts
import pytest
import requests
import yaml
from cryptography import x509
from parts import BASE, Part

from slaharness.cluster.local import toolchain
from slaharness.host import command, wait
from slaharness.stack import definitions

API, EDGE, PEBBLE = (f"127.31.10.{one}" for one in range(2, 5))
SPACES = ("application", "load", "objectstore", "observability", "persistence", "security", "streaming")
#: Of the files that have one.
PASSWORD = "a-password"  # noqa: S105 - of nobody's
#: Seconds for something to be issued on a busy machine.
SOON = 400.0
#: The names of Services, for these programs alone.
HOSTS = f"127.0.0.1 localhost\n{EDGE} edge.application.svc\n{PEBBLE} pebble.security.svc\n"
NAMED = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"']


class Forward(BaseHTTPRequestHandler):
    """The edge, as far as a challenge is concerned: plain HTTP, sent on to whoever answers it."""

    def do_GET(self) -> None:
        try:
            answer = requests.get(
                f"http://127.0.0.1:8089{self.path}", headers={"Host": self.headers["Host"]}, timeout=10
            )
        except requests.RequestException:
            self.send_error(503)
            return
        self.send_response(answer.status_code)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@dataclass
class Rig:
    """The parts, and what is in the cluster."""

    folder: Path
    api: apiserver.ApiServer
    controller: Part
    pebble: Part
    trust: Part
    solvers: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def get(self, kind: str, namespace: str, name: str) -> dict[str, Any]:
        """An object; empty where there is none."""
        said = self.api.kubectl(
            "get", kind, name, "--namespace", namespace, "--ignore-not-found", "-o", "json"
        )
        found: dict[str, Any] = json.loads(said) if said.strip() else {}
        return found

    def secret(self, namespace: str, name: str) -> dict[str, bytes]:
        data = self.get("secret", namespace, name).get("data") or {}
        return {key: b64decode(value) for key, value in data.items()}

    def ready(self, kind: str, namespace: str, name: str) -> bool:
        conditions = self.get(kind, namespace, name).get("status", {}).get("conditions", [])
        return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)

    def wait(self, what: str, until: Callable[[], Any]) -> Any:
        return wait.until(until, within=SOON, every=1.0, what=what)

    def certificate(self, namespace: str, name: str) -> x509.Certificate | None:
        """What is in a Secret; None where there is none."""
        found = self.secret(namespace, name).get("tls.crt")
        return x509.load_pem_x509_certificate(found) if found else None

    def roots(self) -> str:
        """Those that clients of the edge are told of."""
        data = self.get("configmap", "load", "edge-authorities").get("data", {})
        return str(data.get("ca.crt", ""))

    def solve(self) -> None:
        """Do a node's work with pods that answer challenges: start and end them."""
        selector = "acme.cert-manager.io/http01-solver=true"
        told = json.loads(self.api.kubectl("get", "pods", "-A", "-l", selector, "-o", "json"))["items"]
        wanted = {one["metadata"]["uid"]: one["spec"]["containers"][0]["args"] for one in told}
        for gone in set(self.solvers) - set(wanted):
            _end(self.solvers.pop(gone))
        for uid in set(wanted) - set(self.solvers):
            program = self.folder / "certificates/bin/solver"
            self.solvers[uid] = subprocess.Popen([str(program), *wanted[uid]], stderr=subprocess.DEVNULL)

    def begin_authority(self) -> None:
        """What its pod is given, and its two programs."""
        certs = self.folder / "certs"
        certs.mkdir(exist_ok=True)
        for name, content in self.secret("security", "pebble-tls").items():
            (certs / name).write_bytes(content)
        self.pebble.start()
        self.trust.launch()


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _named(folder: Path, *words: object) -> list[str]:
    return [*NAMED, str(folder / "hosts"), *map(str, words)]


def _answers(folder: Path) -> bool:
    trusted = ssl.create_default_context(cafile=str(folder / "certs/ca.crt"))
    trusted.check_hostname = False  # by its address here
    with urllib.request.urlopen(f"https://{PEBBLE}:14000/dir", context=trusted, timeout=10) as answer:
        return bool(answer.status == 200)


def made(folder: Path) -> Rig:
    """Nothing is started."""
    (folder / "hosts").write_text(HOSTS)
    signs, acme = (parts.made(name, folder) for name in ("certificates", "acme"))
    api = apiserver.made(folder, API, {"controller": "security:cert-manager", "trust": "security:pebble"})
    settings = json.loads((BASE / "acme/pebble.json").read_text())
    settings["pebble"] |= {
        "listenAddress": f"{PEBBLE}:14000", "managementListenAddress": f"{PEBBLE}:15000",
        "certificate": str(folder / "certs/tls.crt"), "privateKey": str(folder / "certs/tls.key"),
    }  # fmt: skip
    (folder / "pebble.json").write_text(json.dumps(settings))
    controller = Part(
        _named(folder, signs / "bin/controller", "-kubeconfig", api.kubeconfig("controller"),
               "-metrics", f"{EDGE}:9402", "-solver-image", "solver"),
        {"POD_NAMESPACE": "security"}, folder / "controller.log", parts.healthy(f"http://{EDGE}:9402/metrics"),
    )  # fmt: skip
    pebble = Part(
        _named(folder, acme / "bin/pebble", "-config", folder / "pebble.json", "-strict"),
        {"PEBBLE_VA_NOSLEEP": "1"}, folder / "pebble.log", lambda: _answers(folder),
    )  # fmt: skip
    trust = Part(
        _named(folder, acme / "bin/trust", "-kubeconfig", api.kubeconfig("trust"),
               "-roots", "https://pebble.security.svc:15000/roots/0", "-own", folder / "certs/ca.crt",
               *_trust_words()),
        {}, folder / "trust.log", lambda: True,
    )  # fmt: skip
    return Rig(folder, api, controller, pebble, trust)


def _trust_words() -> list[str]:
    """Those that the deployed one is told."""
    objects = yaml.safe_load_all((BASE / "acme/pebble.yaml").read_text())
    (deployed,) = [one for one in objects if one["kind"] == "Deployment"]
    (beside,) = [one for one in deployed["spec"]["template"]["spec"]["containers"] if one["name"] == "trust"]
    return [str(word) for word in beside["args"]]


def deploy(rig: Rig) -> None:
    """The components as they are, applied by an administrator; no node will run their pods."""
    (overlay := rig.folder / "overlay").mkdir()
    wanted = (
        "certificates",
        "acme",
        "tls/edge",
        "tls/cassandra",
        "tls/pulsar",
        "tls/objectstore",
        "tls/flink",
    )
    near = [os.path.relpath(BASE / name, overlay) for name in wanted]
    (overlay / "kustomization.yaml").write_text(yaml.safe_dump({
        "resources": [*near[:2], "edge.yaml"], "components": near[2:],
    }))  # fmt: skip
    edge = BASE / "application/edge"
    content = [*yaml.safe_load_all((edge / "deployment.yaml").read_text()),
               yaml.safe_load((edge / "service.yaml").read_text())]  # fmt: skip
    for one in content:
        one["metadata"]["namespace"] = "application"
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "edge", "namespace": "application"},
    }
    (overlay / "edge.yaml").write_text(yaml.safe_dump_all([*content, config | {"data": {}}]))
    kubectl = toolchain.ensure()["kubectl"]
    text = command.run([kubectl, "kustomize", "--load-restrictor", "LoadRestrictionsNone", overlay],
                       purpose="rendering", within=60)  # fmt: skip
    made = [one for one in yaml.safe_load_all(text) if one["kind"] != "Deployment"]
    for secret in (one for one in made if one["kind"] == "Secret"):
        secret["stringData"] = dict.fromkeys(secret.pop("data"), PASSWORD)  # as a deployment gives it one
    (rig.folder / "all.yaml").write_text(yaml.safe_dump_all(made))
    for space in SPACES:
        rig.api.kubectl("create", "namespace", space)
        rig.api.kubectl("create", "serviceaccount", "default", "--namespace", space)
    (defined,) = definitions.of([parts.IMAGES / "certificates"])
    rig.api.kubectl("apply", "--server-side", "-k", str(defined))
    rig.api.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    rig.api.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(rig.folder / "all.yaml"))


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """All of it, up to the authority's own certificate."""
    rig = made(tmp_path_factory.mktemp("certificates"))
    edge = ThreadingHTTPServer((EDGE, 80), Forward)
    threading.Thread(target=edge.serve_forever, args=(0.1,), daemon=True).start()
    try:
        rig.api.start()
        deploy(rig)
        rig.controller.start()
        rig.wait("the authority has its certificate", lambda: rig.ready("certificate", "security", "pebble"))
        rig.begin_authority()
        yield rig
    finally:
        for part in (rig.trust, rig.pebble, rig.controller):
            part.kill()
        for solver in rig.solvers.values():
            _end(solver)
        rig.api.kill()
        edge.shutdown()
        edge.server_close()
