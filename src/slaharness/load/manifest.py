"""What a load is in the cluster: a ConfigMap with profile and recorder, and one pod of Locust.

The pod ends by itself: Locust after the load's limit, the pod's own deadline a little later.
"""

from math import ceil
from pathlib import Path
from typing import Any

NAMESPACE = "load"
NAME = "locust"
PORT = 9646
LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "weather"}
RECORDER = Path(__file__).with_name("recorder.py")
INFRA = {"key": "slaharness.dev/role", "operator": "In", "values": ["infra"]}
#: Seconds of grace for requests in flight when Locust's own limit ends the load.
STOPPING = 15
#: Seconds for Locust to start, to stop, and to be asked for its ledger, beyond the load's limit.
MARGIN = 60


def objects(profile: Path, *, image: str, run_id: str, limit: float, host: str) -> list[dict[str, Any]]:
    """Everything one load consists of, in the order to apply it. ``limit`` is in seconds."""
    meta = {"name": NAME, "namespace": NAMESPACE, "labels": LABELS}
    files = {file.name: file.read_text() for file in (RECORDER, profile)}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": files},
        {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": _spec(limit)
         | {"containers": [_container(profile.name, image, run_id, limit, host)]}},
    ]  # fmt: skip


def _spec(limit: float) -> dict[str, Any]:
    preferred = {"weight": 100, "preference": {"matchExpressions": [INFRA]}}
    return {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": ceil(limit) + MARGIN,
        "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "affinity": {
            "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]},
        },
        "tolerations": [{"key": INFRA["key"], "value": "infra", "effect": "NoSchedule"}],
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumes": [
            {"name": "load", "configMap": {"name": NAME}},
            {"name": "ledger", "emptyDir": {}},
        ],
    }


def _container(profile: str, image: str, run_id: str, limit: float, host: str) -> dict[str, Any]:
    environment = {"RUN_ID": run_id, "RECORDER_LEDGER": "/tmp/ledger.csv"}  # noqa: S108
    return {
        "name": NAME,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": [
            "--locustfile", f"/load/{RECORDER.name},/load/{profile}", "--host", host,
            "--headless", "--only-summary", "--run-time", f"{ceil(limit)}s", "--stop-timeout", f"{STOPPING}",
        ],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "ports": [{"name": "metrics", "containerPort": PORT}],
        # No limit on CPU: a throttled client would blame its waiting on the stack.
        "resources": {"requests": {"cpu": "100m", "memory": "96Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "load", "mountPath": "/load", "readOnly": True},
            {"name": "ledger", "mountPath": "/tmp"},  # noqa: S108
        ],
    }  # fmt: skip
