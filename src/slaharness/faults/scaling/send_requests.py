"""Requests at a steady rate for a while, with what the autoscaler makes of it."""

from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from pydantic import Field, validate_call

from slaharness import events
from slaharness.chaos.client import Secrets
from slaharness.chaos.declaration import fault
from slaharness.faults.scaling.requests import Question, at_rate, until_answered
from slaharness.faults.scaling.session import RIGHTS, Positive, answer, watched
from slaharness.host.wait import pause

__all__ = ["send_requests"]


@fault(rights=RIGHTS, target="deployments")
@validate_call(config={"strict": True})
def send_requests(
    *,
    namespace: str,
    name: str,
    service: str,
    path: str,
    says: str = "",
    rate: Positive = 5.0,
    seconds: Positive = 60.0,
    after: Annotated[float, Field(ge=0)] = 0.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Send Deployment ``name`` ``rate`` requests a second for so many seconds; watch it ``after`` that, too.

    Counting begins with the first good answer, so that a service at zero pods has started by then.
    """
    question = Question(namespace, service, path, says)
    with watched(namespace, name, secrets) as (api, seen):
        if not until_answered(question, api, seen, seconds):
            raise ActivityFailed(f"{service}{path} did not answer within {seconds:g} s: no work can be done")
        seen.stamp(events.WORK_BEGAN)
        answered = at_rate(question, api, seen, rate=rate, seconds=seconds)
        seen.stamp(events.WORK_ENDED, str(answered))
        pause(after)
    return answer(seen)
