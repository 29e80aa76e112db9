#!/usr/bin/python3
"""Tell Prometheus how much storage each claim asks for, under kube-state-metrics' name.

Usage, in a pod with a service account that may list claims everywhere: ``claims PORT``.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any

import exporter
import incluster

METRIC = "kube_persistentvolumeclaim_resource_requests_storage_bytes"
PATH = "/api/v1/persistentvolumeclaims"
#: Kubernetes' quantities: binary and decimal suffixes.
UNITS = {"": 1, **{f"{unit}i": 1024**n for n, unit in enumerate("KMGTPE", 1)}} | {
    unit: 1000**n for n, unit in enumerate("kMGTPE", 1)
}


def size(quantity: str) -> int:
    """Bytes in a quantity like 2Gi or 500M. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGTPE]i|[kMGTPE]|)", quantity)
    if not found:
        raise ValueError(f"{quantity!r} is no quantity")
    return int(float(found[1]) * UNITS[found[2]])


def text(claims: list[dict[str, Any]]) -> str:
    """The metric in Prometheus's text format."""
    return "".join(f"{line}\n" for line in _lines(claims))


def _lines(claims: list[dict[str, Any]]) -> Iterator[str]:
    yield f"# HELP {METRIC} Storage that a claim asks for"
    yield f"# TYPE {METRIC} gauge"
    for one in claims:
        meta, asked = one["metadata"], one["spec"]["resources"]["requests"]["storage"]
        labels = f'namespace="{meta["namespace"]}",persistentvolumeclaim="{meta["name"]}"'
        yield f"{METRIC}{{{labels}}} {size(asked)}"


def main() -> None:
    exporter.serve("127.0.0.1", int(sys.argv[1]), "claims", lambda api: text(incluster.listed(PATH, api)))


if __name__ == "__main__":
    main()
