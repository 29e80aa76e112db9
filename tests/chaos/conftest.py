"""A small Kubernetes API over HTTP: enough for real clients, and for a real ``chaos run``."""

import json
import re
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from slaharness import paths
from slaharness.cluster.provider import ClusterInfo

OBJECT = re.compile(
    r"/(?:api/v1|apis/[^/]+/v1)(?:/namespaces/(?P<ns>[^/]+))?/(?P<kind>[a-z]+)(?:/(?P<name>[^/]+))?(?P<sub>/(?:token|eviction))?$"
)
NAMESPACE = re.compile(r"/api/v1/namespaces/(?P<name>[^/]+)$")
RBAC = "rbac.authorization.k8s.io"
GROUPS = {
    "v1": {"pods": "Pod", "events": "Event", "configmaps": "ConfigMap", "serviceaccounts": "ServiceAccount"},
    f"{RBAC}/v1": {"roles": "Role", "rolebindings": "RoleBinding"},
}


class FakeCluster:
    """Objects by (kind, namespace, name), and how this cluster misbehaves."""

    def __init__(self, kubeconfig: Path) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.mute_kubelet = False  # deletes are accepted and nobody acts on them
        self.undying = False  # pods stay in the API for ever
        self.spare = 3  # pods that a disruption budget lets go
        self.forbidden: set[tuple[str, str]] = set()  # (method, kind)
        self.down = False
        self.budget = threading.Lock()
        fake = self

        class Handler(_Handler):
            cluster = fake

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        host = f"http://127.0.0.1:{self.server.server_port}"
        entry = {"name": "fake", "cluster": {"server": host}}
        context = {"name": "fake", "context": {"cluster": "fake", "user": "fake"}}
        user = {"name": "fake", "user": {"token": "admin"}}
        kubeconfig.write_text(
            yaml.safe_dump(
                {"current-context": "fake", "clusters": [entry], "contexts": [context], "users": [user]}
            )
        )
        self.info = ClusterInfo("fake", "fake", kubeconfig, "fake", "1.34", ("n1",), frozenset())

    def namespace(self, name: str, **labels: str) -> None:
        self.objects["namespaces", "", name] = {"metadata": {"name": name, "labels": labels}}

    def pod(self, namespace: str, name: str, *, running: bool = True, **labels: str) -> None:
        state = {"running": {}} if running else {"waiting": {"reason": "ContainerCreating"}}
        container = {"name": "main", "ready": running, "image": "x", "imageID": "x", "restartCount": 0}
        self.objects["pods", namespace, name] = {
            "metadata": {"name": name, "namespace": namespace, "labels": labels, "uid": str(uuid.uuid4())},
            "spec": {"nodeName": "n1", "containers": [{"name": "main"}]},
            "status": {
                "phase": "Running" if running else "Pending",
                "conditions": [{"type": "Ready", "status": str(running)}],
                "containerStatuses": [{**container, "state": state}],
            },
        }

    def deployment(self, namespace: str, name: str, *, replicas: int, **labels: str) -> None:
        self.objects["deployments", namespace, name] = {
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}},
            },
        }

    def names(self, kind: str) -> list[str]:
        return sorted(name for held, _, name in self.objects if held == kind)

    def deleted(self, pod: dict[str, Any]) -> None:
        """Do what the node does after a delete: say so in an event, unless it is mute."""
        if not self.mute_kubelet:
            meta = pod["metadata"]
            about = {"uid": meta["uid"], "name": meta["name"], "namespace": meta["namespace"]}
            name = {"name": meta["uid"], "uid": str(uuid.uuid4()), "resourceVersion": "1"}
            event = {"metadata": name, "involvedObject": about, "reason": "Killing"}
            self.objects["events", meta["namespace"], meta["uid"]] = event


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: FakeCluster

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def answer(self, body: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status: int) -> None:
        self.answer({"kind": "Status", "code": status, "message": f"status {status}"}, status)

    def body(self) -> dict[str, Any]:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")

    def key(self) -> tuple[str, str, str] | None:
        path = urlsplit(self.path).path
        if whole := NAMESPACE.match(path):
            return "namespaces", "", whole["name"]
        found = OBJECT.match(path)
        return (found["kind"], found["ns"] or "", found["name"] or "") if found else None

    def handle_any(self) -> None:
        sent = self.body()
        path = urlsplit(self.path).path
        self.cluster.requests.append((self.command, self.path))
        if self.cluster.down:
            self.refuse(503)
        elif discovered := discovery(path):
            self.answer(discovered)
        elif (key := self.key()) is None:
            self.refuse(404)
        elif (self.command, key[0]) in self.cluster.forbidden:
            self.refuse(403)
        else:
            getattr(self, f"on_{self.command.lower()}")(key, sent)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - the base class's names

    def on_get(self, key: tuple[str, str, str], _sent: dict[str, Any]) -> None:
        kind, namespace, name = key
        held = self.cluster.objects
        if name:
            self.answer(held[key]) if key in held else self.refuse(404)
            return
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        mine = [one for (k, ns, _), one in sorted(held.items()) if k == kind and ns == namespace]
        self.answer({"kind": "List", "metadata": {}, "items": [one for one in mine if selected(one, query)]})

    def on_post(self, key: tuple[str, str, str], sent: dict[str, Any]) -> None:
        if self.path.endswith("/token"):
            self.answer(
                {"spec": {"audiences": []}, "status": {"token": "t", "expirationTimestamp": NOW}}, 201
            )
            return
        if self.path.endswith("/eviction"):
            self.evict(key, sent)
            return
        self.cluster.objects[key[0], key[1], sent["metadata"]["name"]] = sent
        self.answer(sent, 201)

    def evict(self, key: tuple[str, str, str], sent: dict[str, Any]) -> None:
        with self.cluster.budget:
            self.cluster.spare -= 1
            if self.cluster.spare < 0:
                self.refuse(429)
            else:
                self.on_delete(key, sent["deleteOptions"])

    def on_patch(self, key: tuple[str, str, str], sent: dict[str, Any]) -> None:
        self.cluster.objects[key] = sent
        self.answer(sent)

    def on_put(self, key: tuple[str, str, str], sent: dict[str, Any]) -> None:
        if key not in self.cluster.objects:
            self.refuse(404)
            return
        self.on_patch(key, sent)

    def on_delete(self, key: tuple[str, str, str], sent: dict[str, Any]) -> None:
        found = self.cluster.objects.get(key)
        wanted = (sent.get("preconditions") or {}).get("uid")
        if found is None:
            self.refuse(404)
            return
        if wanted and wanted != found["metadata"]["uid"]:
            self.refuse(409)
            return
        if key[0] == "pods":
            self.cluster.deleted(found)
        if not (key[0] == "pods" and self.cluster.undying):
            del self.cluster.objects[key]
        self.answer({"kind": "Pod", **found})


NOW = "2030-01-01T00:00:00Z"


def selected(one: dict[str, Any], query: dict[str, str]) -> bool:
    labels = one["metadata"].get("labels") or {}
    for term in filter(None, query.get("labelSelector", "").split(",")):
        name, _, value = term.partition("=")
        if name not in labels or (value and labels[name] != value):
            return False
    fields = {"involvedObject.uid": one.get("involvedObject", {}).get("uid"), "reason": one.get("reason")}
    terms = [term.partition("=") for term in filter(None, query.get("fieldSelector", "").split(","))]
    return all(fields.get(name) == value for name, _, value in terms)


def discovery(path: str) -> dict[str, Any] | None:
    group = {"groupVersion": f"{RBAC}/v1", "version": "v1"}
    fixed: dict[str, dict[str, Any]] = {
        "/version": {"major": "1", "minor": "34"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {
            "kind": "APIGroupList",
            "groups": [{"name": RBAC, "versions": [group], "preferredVersion": group}],
        },
    }
    for version, kinds in GROUPS.items():
        verbs = ["get", "list", "create", "patch", "delete"]
        listed = [
            {"name": name, "kind": kind, "namespaced": True, "verbs": verbs} for name, kind in kinds.items()
        ]
        where = "/api/v1" if version == "v1" else f"/apis/{version}"
        fixed[where] = {"kind": "APIResourceList", "groupVersion": version, "resources": listed}
    return fixed.get(path)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # the dynamic client caches there
    return tmp_path / "state"


@pytest.fixture
def cluster(tmp_path: Path, state: Path) -> Iterator[FakeCluster]:
    """A cluster with two namespaces where faults are allowed, one where not, and three cassandra pods."""
    fake = FakeCluster(tmp_path / "kubeconfig")
    fake.namespace("persistence", **{"slaharness.dev/faults": "allowed"})
    fake.namespace("application", **{"slaharness.dev/faults": "allowed"})
    fake.namespace("load")
    for number in range(3):
        fake.pod("persistence", f"cassandra-{number}", app="cassandra")
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


Write = Callable[..., Path]


def kill(namespace: str = "persistence", **arguments: Any) -> dict[str, Any]:
    """Return an activity that kills cassandra pods."""
    call = {"namespace": namespace, "selector": "app=cassandra", "within": 2, **arguments}
    return python("action", "kill", "slaharness.chaos.actions", "kill_pods", **call)


def python(role: str, name: str, module: str, func: str, **arguments: Any) -> dict[str, Any]:
    provider = {"type": "python", "module": module, "func": func, "arguments": arguments}
    return {"type": role, "name": name, "provider": provider}


@pytest.fixture
def activity() -> SimpleNamespace:
    """Makers of activities: ``kill``, ``python``, ``mkdir`` (to see that it ran), ``hang``."""

    def mkdir(path: Path) -> dict[str, Any]:
        return python("probe", "make a folder", "os", "mkdir", path=str(path))

    def hang() -> dict[str, Any]:
        ghosts = {"namespace": "persistence", "selector": "app=ghost", "within": 300}
        return python("probe", "hang", "slaharness.chaos.probes", "pods_ready", **ghosts)

    return SimpleNamespace(kill=kill, python=python, mkdir=mkdir, hang=hang)


@pytest.fixture
def experiment(tmp_path: Path) -> Write:
    """Write an experiment with the given parts, and return its file."""

    def write(**parts: Any) -> Path:
        file = tmp_path / "kill.yaml"
        whole = {"title": "t", "description": "d", "method": [kill()], **parts}
        file.write_text(yaml.safe_dump({key: value for key, value in whole.items() if value is not None}))
        return file

    return write
