"""A small Prometheus of our own beside the load, for a stack whose own does not scrape the load every second.

It watches the load's pods and nothing else. It is made before the load, so that it sees the load's first
moment, and is gone when the run has been measured.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

import requests

from slaharness.cluster.api import Api, Endpoint
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import LoadTrouble, NotYet
from slaharness.host.progress import step
from slaharness.host.wait import until
from slaharness.image import Image, Platform, base, build
from slaharness.load import manifest, remote_write

NAME = "load-prometheus"
#: The Service that lists the load's pods; ``prometheus.yml`` names it.
WORKERS = "load-workers"
PORT = 9090
#: Its program in the image, and where a Secret is seen there.
PROGRAM, CONFIGURED = "/usr/bin/prometheus", "/etc/load-prometheus"
LABELS = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": "slaharness"}
HERE = Path(__file__).parent
#: Seconds until it answers, and until it is gone.
ANSWERS_WITHIN, GONE_WITHIN = 90, 60
#: Seconds that it lives on after the load's limit: the stack heals, is read back, and is measured.
MARGIN = 900


def image(platform: Platform | None = None) -> Image:
    """Its image, built if need be."""
    return build(NAME, HERE / "prometheus", args={"BASE": base(platform).reference}, platform=platform)


def objects(
    *,
    image: str,
    limit: float,
    namespace: str = manifest.NAMESPACE,
    secret: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """All that it consists of, in the order to apply it. ``limit`` is the load's, in seconds.

    ``secret`` is a Secret with a configuration to start from in place of the image's own (``remote_write``).
    """
    return [
        *([dict(secret)] if secret else []),
        _object("Service", WORKERS, namespace)
        | {
            "spec": {
                "clusterIP": "None",
                "publishNotReadyAddresses": True,
                "selector": {"app.kubernetes.io/name": manifest.NAME},
                "ports": [{"name": "metrics", "port": manifest.PORT}],
            }
        },
        _object("Pod", NAME, namespace) | {"spec": _configured(_spec(image, limit), secret)},
    ]


@contextmanager
def beside(
    cluster: ClusterInfo,
    *,
    limit: float,
    reference: str = "",
    namespace: str = manifest.NAMESPACE,
    secret: Mapping[str, Any] | None = None,
) -> Iterator[Endpoint]:
    """Run it while the body lasts; yield where it answers.

    ``reference`` is its image as the cluster's pods must name it, by default that of ``image()``; ``secret``
    is as for ``objects``. Raises LoadTrouble when it does not come to answer.
    """
    wanted = objects(image=reference or image().reference, limit=limit, namespace=namespace, secret=secret)
    api = cluster.api()
    _remove(api, wanted)
    try:
        with step("Prometheus beside the load") as now:
            api.apply(wanted)
            endpoint = api.endpoint(namespace, NAME, PORT, kind="pods")
            _until_ready(api, namespace, endpoint, now.say)
        yield endpoint
    finally:
        _remove(api, wanted)


def _remove(api: Api, wanted: Sequence[dict[str, Any]]) -> None:
    api.delete(wanted, grace=0)
    until(lambda: not api.there(wanted), within=GONE_WITHIN, what="the Prometheus beside the load is gone")


def _until_ready(api: Api, namespace: str, endpoint: Endpoint, say: Any) -> None:
    try:
        until(lambda: _answers(endpoint), within=ANSWERS_WITHIN, what="it answers", say=say)
    except NotYet as error:
        raise LoadTrouble(f"the Prometheus beside the load: {error}; {_state(api, namespace)}") from error


def _answers(endpoint: Endpoint) -> bool:
    try:
        return endpoint.session.get(f"{endpoint.url}/-/ready", timeout=5).ok
    except requests.RequestException:
        return False


def _state(api: Api, namespace: str) -> str:
    """What the cluster says of its pod."""
    pods: Any = api.core.list_namespaced_pod(namespace, field_selector=f"metadata.name={NAME}").items
    if not pods:
        return "its pod is gone"
    waiting = [one.state.waiting for one in pods[0].status.container_statuses or () if one.state.waiting]
    why = f": {waiting[0].reason}: {waiting[0].message}" if waiting else ""
    return f"its pod is {pods[0].status.phase}{why}"


def _object(kind: str, name: str, namespace: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": namespace, "labels": LABELS}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta}


def _configured(spec: dict[str, Any], secret: Mapping[str, Any] | None) -> dict[str, Any]:
    """``spec``, with its program started from what ``secret`` holds."""
    if not secret:
        return spec
    (container,) = spec["containers"]
    # The image's own words name the configuration already, and Prometheus takes it only once.
    command = [PROGRAM, f"--config.file={CONFIGURED}/{remote_write.CONFIG}", "--storage.tsdb.path=/data"]
    mounts = [*container["volumeMounts"], {"name": "config", "mountPath": CONFIGURED, "readOnly": True}]
    held = {"name": "config", "secret": {"secretName": secret["metadata"]["name"], "defaultMode": 0o440}}
    return spec | {
        "containers": [container | {"command": command, "volumeMounts": mounts}],
        "volumes": [*spec["volumes"], held],
    }


def _spec(image: str, limit: float) -> dict[str, Any]:
    return {
        # A container that is started again has its data still, and what it missed is seen in the samples.
        "restartPolicy": "OnFailure",
        "activeDeadlineSeconds": ceil(limit) + MARGIN,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **manifest.PLACE,
        "securityContext": manifest.NOBODY,
        "containers": [
            {
                "name": "prometheus",
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "ports": [{"name": "http", "containerPort": PORT}],
                "resources": {
                    "requests": {"cpu": "50m", "memory": "64Mi"},
                    "limits": {"memory": "256Mi"},
                },
                "securityContext": manifest.CONFINED,
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }
        ],
        "volumes": [{"name": "data", "emptyDir": {"sizeLimit": "1Gi"}}],
    }
