"""What the actions on scaling have in common: a watched Deployment, and the events that they return.

None of these is a fault by itself: they send work, or none. Each returns ``events`` (epoch seconds, name,
detail), which become events of the run, and ``problems`` (words) for what was not seen.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from kubernetes import client
from pydantic import Field

from slaharness.chaos.client import Secrets, core
from slaharness.chaos.guard import permit
from slaharness.errors import NotYet
from slaharness.faults.scaling.watch import Watch, watch
from slaharness.host.wait import until

Positive = Annotated[float, Field(gt=0)]
#: A Deployment and its pods are watched, its service is asked through the API server.
RIGHTS = {
    "deployments.apps": "get list watch",
    "pods": "list watch",
    "services/proxy": "get create",
}


@contextmanager
def watched(namespace: str, name: str, secrets: Secrets) -> Iterator[tuple["client.CoreV1Api", Watch]]:
    """The API and a watch on the Deployment, where that is allowed."""
    api = core(secrets)
    permit(api, namespace)
    with watch(api, namespace, name) as seen:
        yield api, seen


def scales_to_zero(seen: Watch, within: float) -> bool:
    try:
        return until(lambda: seen.asleep, within=within, every=0.05, what="no pod is there")
    except NotYet:
        return False


def answer(seen: Watch) -> dict[str, Any]:
    return {"events": seen.events, "problems": seen.problems}
