"""A place for the load beside a stack that others deployed: a namespace of its own, gone afterwards."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.host.wait import until
from slaharness.undo import journal as undo

#: Seconds until the namespace is gone.
GONE_WITHIN = 120.0


def for_load(cluster: ClusterInfo, name: str, journal: undo.Journal) -> AbstractContextManager[None]:
    """Make the namespace while the body runs. One that is there already is used, and stays."""
    api, space = cluster.api(), _namespace(name)
    if api.there([space]):
        return nullcontext()
    return journal.effect(undo.objects("namespace of the load", cluster, [space]), _made(api, space))


def _namespace(name: str) -> dict[str, Any]:
    labels = {
        "app.kubernetes.io/managed-by": "slaharness",
        "pod-security.kubernetes.io/enforce": "baseline",
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


@contextmanager
def _made(api: Api, space: dict[str, Any]) -> Iterator[None]:
    try:
        api.apply([space])
        yield
    finally:
        api.delete([space])
        name = space["metadata"]["name"]
        until(lambda: not api.there([space]), within=GONE_WITHIN, what=f"namespace {name} is gone")
