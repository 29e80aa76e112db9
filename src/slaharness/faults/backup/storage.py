"""Deletes claims and the pods that use them, and sees that claims, volumes and directories are gone."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from kubernetes import client

from slaharness.chaos.client import described, forgotten
from slaharness.errors import NotYet
from slaharness.faults.backup import claims
from slaharness.host.wait import until


def delete_storage(
    api: "client.CoreV1Api", namespace: str, pods: Sequence[Any], kept: claims.Kept, *, injected: float,
    within: float, disks: Sequence[Path] = (),
) -> dict[str, Any]:  # fmt: skip
    """Delete claims and pods, wait until all is gone, and say what is; then the disks."""
    for claim in kept.claims:  # a claim goes once no pod uses it
        api.delete_namespaced_persistent_volume_claim(claim, namespace)
    for pod in pods:
        api.delete_namespaced_pod(pod.metadata.name, namespace, grace_period_seconds=0)
    problems = _see_it_go(partial(kept.left, api, namespace), within)
    held = {"claims": dict(kept.claims), "volumes": dict(kept.volumes), "directories": kept.directories}
    wiped = [str(disk) for disk in disks if claims.wiped(disk)]
    detail = json.dumps({**held, "disks": wiped, "left": problems})
    lost = {"at": injected, "name": "storage lost", "detail": detail}
    return {
        "namespace": namespace,
        "injected": injected,
        "ended": time.time(),
        "matched": [described(pod) for pod in pods],
        "died": [pod.metadata.name for pod in pods if forgotten(api, pod)],
        "events": [lost],
        "problems": [f"{one} was left" for one in problems],
    }


def _see_it_go(left: Callable[[], list[str]], within: float) -> list[str]:
    """Return what is not gone inside the limit."""
    remains: list[str] = []

    def gone() -> bool:
        remains[:] = left()
        return not remains

    with suppress(NotYet):
        until(gone, within=within, every=0.5, what="what was kept is gone")
    return remains
