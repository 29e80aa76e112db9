"""Cold starts, again and again: a request arrives while a service is scaled to zero."""

from typing import Annotated, Any

from pydantic import Field, validate_call

from slaharness import events
from slaharness.chaos.client import Secrets
from slaharness.chaos.declaration import fault
from slaharness.faults.scaling.requests import Question, until_answered
from slaharness.faults.scaling.session import RIGHTS, Positive, answer, scales_to_zero, watched

__all__ = ["cold_start"]


@fault(rights=RIGHTS, target="deployments")
@validate_call(config={"strict": True})
def cold_start(
    *,
    namespace: str,
    name: str,
    service: str,
    path: str,
    says: str = "",
    times: Annotated[int, Field(ge=1)] = 10,
    within: Positive = 30.0,
    resting: Positive = 60.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Have Deployment ``name`` start from zero pods again and again: one request, then none until it is idle.

    Each start has ``within`` seconds, each scaling to zero ``resting``. The rest as for ``let_idle``.
    """
    question = Question(namespace, service, path, says)
    with watched(namespace, name, secrets) as (api, seen):
        for number in range(1, times + 1):
            if not scales_to_zero(seen, resting):
                seen.problems.append(
                    f"not at zero pods within {resting:g} s, so cold start {number} was not tried"
                )
                break
            seen.stamp(events.WORK_ARRIVED, str(number))
            until_answered(question, api, seen, within)
            seen.stamp(events.WORK_ENDED, "1")
    return answer(seen)
