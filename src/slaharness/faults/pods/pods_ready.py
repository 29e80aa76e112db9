"""The probe ``pods_ready``: so many pods are Ready."""

from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from pydantic import Field, validate_call

from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.errors import NotYet
from slaharness.host.wait import until

__all__ = ["pods_ready"]


@fault(rights={"pods": "list"}, target="pods")
@validate_call(config={"strict": True})
def pods_ready(
    *,
    namespace: str,
    selector: Annotated[str, Field(min_length=1)],
    count: Annotated[int, Field(ge=1)] = 1,
    within: Annotated[float, Field(gt=0)] = 5.0,
    secrets: Secrets = None,
) -> bool:
    """Whether ``count`` pods are Ready, or become so within that many seconds. Raises when they do not."""
    api = core(secrets)

    def enough() -> bool:
        found: Any = api.list_namespaced_pod(namespace, label_selector=selector)
        return sum(_ready(pod) for pod in found.items) >= count

    try:
        return until(
            enough, within=within, every=0.5, what=f"{count} of {selector!r} are Ready in {namespace}"
        )
    except NotYet as error:
        raise ActivityFailed(str(error)) from error


def _ready(pod: Any) -> bool:
    if pod.metadata.deletion_timestamp:
        return False
    return any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions or ())
