"""What a load is in the cluster: a ConfigMap with profile, arrivals and recorder; a pod of Locust a worker.

Pods end by themselves: Locust after the load's limit, the pod's own deadline a little later. Workers need no
master: each sends its share of every rate and records for itself.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from math import ceil
from pathlib import Path
from typing import Any

from slaharness.load import source
from slaharness.load.source import LoadProfile
from slaharness.stack.protocol import Authorities

#: Where loads run unless a project says otherwise.
NAMESPACE = "load"
NAME = "locust"
PORT = 9646
WORKER, RUN = "slaharness.dev/worker", "slaharness.dev/run"
#: The header in which a recorder wants to see the run's token.
TOKEN = "Slaharness-Token"  # noqa: S105 - its name
#: Where the image has its Python packages.
PACKAGES = "/app"
#: Seconds that a load that has ended waits for its ledger to be fetched; its pod's deadline may come first.
LINGER = 3600
LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": "slaharness"}
RECORDER = Path(__file__).with_name("recorder.py")
#: Of the harness' own modules what is in every load's pod.
MODULES = tuple(Path(__file__).with_name(name) for name in ("arrivals.py", "rows.py"))
TRUST = Path(__file__).with_name("trust.py")
#: Where the pod has the certificates of the authorities that its clients trust, and where what uses them.
TRUSTED, TRUSTING = "/trust", f"/load/slaharness/load/{TRUST.name}"
INFRA = {"key": "slaharness.dev/role", "operator": "In", "values": ["infra"]}
#: Where pods of ours go: where no part of the stack runs, as far as there is such a node.
PLACE: dict[str, Any] = {
    "affinity": {
        "nodeAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 100, "preference": {"matchExpressions": [INFRA]}}
            ]
        },
    },
    "tolerations": [{"key": INFRA["key"], "value": "infra", "effect": "NoSchedule"}],
}
#: Who their programs run as, and what those may do.
NOBODY = {
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "runAsGroup": 65532,
    "fsGroup": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONFINED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
#: What Locust's event loop waits with: epoll counts in milliseconds, and arrivals would be as late.
PUNCTUAL = {"GEVENT_BACKEND": "select"}
#: Seconds of grace for requests in flight when Locust's own limit ends the load.
STOPPING = 15
#: Seconds for Locust to start, to stop, and to be asked for its ledger, beyond the load's limit.
MARGIN = 60


def objects(
    file: Path,
    *,
    image: str,
    run_id: str,
    limit: float,
    host: str,
    namespace: str = NAMESPACE,
    token: str = "",
    authorities: Authorities | None = None,
) -> list[dict[str, Any]]:
    """Everything one load consists of, in the order to apply it. ``limit`` is in seconds.

    Who has ``token`` may end the load and fetch its ledger, by default nobody; the cluster has its digest.
    With ``authorities`` every client of the profile verifies its server against those. Raises BadInput when
    the profile's number of workers is none.
    """
    profile = source.read(file)
    labels = LABELS | {RUN: run_id}
    texts = {each.name: each.read_text() for each in (RECORDER, *_own(authorities))}
    # By a name that a ConfigMap takes, and in whatever bytes it is written.
    beside = {"profile": file, **{f"beside-{number}": each for number, each in enumerate(profile.beside)}}
    held = {key: b64encode(each.read_bytes()).decode() for key, each in beside.items()}
    spec = _spec(limit, profile, authorities)
    container = _container(file.name, image, limit, host, authorities)

    def pod(number: int) -> dict[str, Any]:
        env = _environment(_numbered(run_id, number), profile.workers, token, authorities)
        args = [*container["args"], *_share(profile, number)]
        made = _object("Pod", _numbered(NAME, number), namespace, labels | {WORKER: f"{number}"})
        return made | {"spec": spec | {"containers": [container | env | {"args": args}]}}

    config = _object("ConfigMap", NAME, namespace, labels) | {"data": texts}
    return [config | {"binaryData": held}, *map(pod, range(1, profile.workers + 1))]


def _own(authorities: Authorities | None) -> tuple[Path, ...]:
    return (*MODULES, TRUST) if authorities else MODULES


def _share(profile: LoadProfile, number: int) -> tuple[str, ...]:
    """The profile's own arguments for Locust, with a worker's share of the users."""
    users, workers = profile.users, profile.workers
    if users is None or workers == 1:
        return profile.arguments
    return (*profile.arguments, "--users", f"{users // workers + (number <= users % workers)}")


def _object(kind: str, name: str, namespace: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": dict(labels)},
    }


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _environment(run_id: str, workers: int, token: str, authorities: Authorities | None) -> dict[str, Any]:
    values = {
        "RUN_ID": run_id,
        "WORKERS": f"{workers}",
        "RECORDER_LEDGER": "/tmp/ledger.csv",  # noqa: S108
        # A load that its own shape ends must stay until its ledger was fetched.
        "RECORDER_LINGER": f"{LINGER}",
        "RECORDER_TOKEN_SHA256": sha256(token.encode()).hexdigest() if token else "",
        "PYTHONPATH": f"{PACKAGES}:/load",
        **PUNCTUAL,
        **({"TRUSTED": f"{TRUSTED}/{authorities.key}"} if authorities else {}),
    }
    return {"env": [{"name": name, "value": value} for name, value in values.items()]}


def _spec(limit: float, profile: LoadProfile, authorities: Authorities | None) -> dict[str, Any]:
    return {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": ceil(limit) + MARGIN,
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **PLACE,
        "securityContext": NOBODY,
        "volumes": [
            {"name": "load", "configMap": {"name": NAME, "items": _files(profile, authorities)}},
            {"name": "ledger", "emptyDir": {}},
            *_trusted(authorities),
        ],
    }


def _trusted(authorities: Authorities | None) -> list[dict[str, Any]]:
    """The certificates alone, also of a Secret that holds keys."""
    if authorities is None:
        return []
    items = {"items": [{"key": authorities.key, "path": authorities.key}]}
    if authorities.kind == "Secret":
        return [{"name": "trust", "secret": {"secretName": authorities.name, **items}}]
    return [{"name": "trust", "configMap": {"name": authorities.name, **items}}]


def _files(profile: LoadProfile, authorities: Authorities | None) -> list[dict[str, str]]:
    """Arrivals go by the name by which profiles know them where the harness is installed."""
    paths = {
        RECORDER.name: RECORDER.name,
        **{each.name: f"slaharness/load/{each.name}" for each in _own(authorities)},
        "profile": profile.path.name,
    }
    folder = profile.path.parent
    for number, file in enumerate(profile.beside):
        paths[f"beside-{number}"] = file.relative_to(folder).as_posix()
    return [{"key": key, "path": path} for key, path in paths.items()]


def _container(
    file: str, image: str, limit: float, host: str, authorities: Authorities | None
) -> dict[str, Any]:
    files = [f"/load/{RECORDER.name}", *([TRUSTING] if authorities else []), f"/load/{file}"]
    mounted = [{"name": "trust", "mountPath": TRUSTED, "readOnly": True}] if authorities else []
    return {
        "name": NAME,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        # As whoever wrote the profile would run it: what it opens by name lies beside it.
        "workingDir": "/load",
        "args": [
            "--locustfile", ",".join(files), "--host", host,
            "--headless", "--only-summary", "--run-time", f"{ceil(limit)}s", "--stop-timeout", f"{STOPPING}",
        ],
        "ports": [{"name": "metrics", "containerPort": PORT}],
        # No limit on CPU, and more than it takes: a client that waits would blame its waiting on the stack.
        "resources": {"requests": {"cpu": "250m", "memory": "96Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": CONFINED,
        "volumeMounts": [
            {"name": "load", "mountPath": "/load", "readOnly": True},
            {"name": "ledger", "mountPath": "/tmp"},  # noqa: S108
            *mounted,
        ],
    }  # fmt: skip
