"""A PodMonitor for the load's pods: how a Prometheus that an operator configures comes to scrape them.

Made before the load, so that its first moment is scraped; gone when the run has been measured.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from slaharness.cluster.api import Api
from slaharness.errors import ClusterTrouble
from slaharness.load import manifest

NAME = "slaharness-load"
VERSION, KIND = "monitoring.coreos.com/v1", "PodMonitor"
#: Seconds until the operator has told its Prometheus, which reads a mounted file that the kubelet renews.
TOLD_WITHIN = 120.0


def body(
    *, interval: float, labels: Mapping[str, str], namespace: str = manifest.NAMESPACE
) -> dict[str, Any]:
    """The object. ``interval`` is seconds between two scrapes, ``labels`` what the operator selects by."""
    scraped = {
        "port": "metrics",
        "path": "/metrics",
        "interval": f"{round(interval * 1000)}ms",
        # The operator would call the job by namespace and name; the load's series are known by this one.
        "relabelings": [{"targetLabel": "job", "replacement": "load"}],
    }
    return {
        "apiVersion": VERSION,
        "kind": KIND,
        "metadata": {
            "name": NAME,
            "namespace": namespace,
            "labels": {**labels, "app.kubernetes.io/managed-by": "slaharness"},
        },
        "spec": {
            "selector": {"matchLabels": {"app.kubernetes.io/name": manifest.NAME}},
            "podMetricsEndpoints": [scraped],
        },
    }


def require(api: Api) -> None:
    """Raise ClusterTrouble where nothing would read a PodMonitor."""
    if not api.knows(VERSION, KIND):
        raise ClusterTrouble(
            f"prometheus.load is pod-monitor, and this cluster knows no {KIND} of {VERSION}: "
            'install the Prometheus operator, or set [prometheus] load = "own"'
        )


@contextmanager
def applied(api: Api, wanted: Mapping[str, Any]) -> Iterator[None]:
    """Keep ``wanted`` in the cluster while the body lasts."""
    try:
        api.apply([wanted])
        yield
    finally:
        api.delete([wanted])
