"""One request, then none: a service is watched until it has been scaled to zero for a while."""

from typing import Any

from chaoslib.exceptions import ActivityFailed
from pydantic import validate_call

from slaharness import events
from slaharness.chaos.client import Secrets
from slaharness.chaos.declaration import fault
from slaharness.faults.scaling.requests import Question, until_answered
from slaharness.faults.scaling.session import RIGHTS, Positive, answer, scales_to_zero, watched
from slaharness.host.wait import pause

__all__ = ["let_idle"]


@fault(rights=RIGHTS, target="deployments")
@validate_call(config={"strict": True})
def let_idle(
    *,
    namespace: str,
    name: str,
    service: str,
    path: str,
    says: str = "",
    within: Positive = 60.0,
    sleeping: Positive = 20.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Send one request to Deployment ``name``, then none; watch until it has been at zero pods for a while.

    ``service`` (``NAME:PORT``) and ``path`` are what users ask, ``says`` what a good answer holds; it is
    asked for ``within`` seconds at most, and has as long to scale to zero. There, it is watched for
    ``sleeping`` seconds.
    """
    question = Question(namespace, service, path, says)
    with watched(namespace, name, secrets) as (api, seen):
        if not until_answered(question, api, seen, within):
            raise ActivityFailed(f"{service}{path} did not answer within {within:g} s: it was never busy")
        seen.stamp(events.WORK_ENDED, "1")
        if scales_to_zero(seen, within):
            pause(sleeping)
    return answer(seen)
