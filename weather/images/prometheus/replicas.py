#!/usr/bin/python3
"""Tell Prometheus how many pods each Deployment has, under kube-state-metrics' names: zero is a number, too.

Usage, in a pod with a service account that may list deployments there: ``replicas PORT NAMESPACE…``.
"""

import http.client
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import exporter
import incluster

#: Metric → what it says, and where an object of the API has it.
METRICS = {
    "kube_deployment_status_replicas": ("Pods that there are", "status", "replicas"),
    "kube_deployment_status_replicas_ready": ("Pods that are ready", "status", "readyReplicas"),
    "kube_deployment_spec_replicas": ("Pods that are wanted", "spec", "replicas"),
}


def text(deployments: list[dict[str, Any]]) -> str:
    """The metrics in Prometheus's text format."""
    return "".join(line + "\n" for name in METRICS for line in _lines(name, deployments))


def _lines(name: str, deployments: list[dict[str, Any]]) -> Iterator[str]:
    words, part, field = METRICS[name]
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} gauge"
    for one in deployments:
        meta = one["metadata"]
        # The API leaves out what is zero, of a status.
        yield (
            f'{name}{{namespace="{meta["namespace"]}",deployment="{meta["name"]}"}} {one[part].get(field, 0)}'
        )


def of(namespaces: Sequence[str], api: http.client.HTTPSConnection) -> str:
    """What ``text`` says of all Deployments there. Raises as ``incluster.listed`` does."""
    paths = (f"/apis/apps/v1/namespaces/{name}/deployments" for name in namespaces)
    return text([one for path in paths for one in incluster.listed(path, api)])


def main() -> None:
    exporter.serve("", int(sys.argv[1]), "deployments", partial(of, sys.argv[2:]))


if __name__ == "__main__":
    main()
