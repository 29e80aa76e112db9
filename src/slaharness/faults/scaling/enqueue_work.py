"""Work is queued at a steady rate, and seen to be done later."""

from typing import Any

from chaoslib.exceptions import ActivityFailed
from pydantic import validate_call

from slaharness import events
from slaharness.chaos.client import Secrets
from slaharness.chaos.declaration import fault
from slaharness.faults.scaling.queue import Queue
from slaharness.faults.scaling.session import RIGHTS, Positive, answer, scales_to_zero, watched
from slaharness.host.wait import pause

__all__ = ["enqueue_work"]


@fault(rights=RIGHTS, target="deployments")
@validate_call(config={"strict": True})
def enqueue_work(
    *,
    namespace: str,
    name: str,
    service: str,
    path: str,
    task: dict[str, Any],
    rate: Positive = 4.0,
    seconds: Positive = 30.0,
    within: Positive = 60.0,
    sleeping: Positive = 20.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Queue work that Deployment ``name`` does later, ``rate`` pieces a second for ``seconds``; see it done.

    Each piece is ``task`` with an ``id`` of its own, posted to ``path`` of ``service`` (``NAME:PORT``), which
    answers 202 and lists under the same path what has been done. The pieces are looked for until all are
    done, ``within`` seconds after the last one at most. The rest as for ``let_idle``.
    """
    with watched(namespace, name, secrets) as (api, seen):
        queued = Queue(api, namespace, service, path, task)
        queued.fill(seen, rate=rate, seconds=seconds, within=within)
        if not queued.accepted:
            raise ActivityFailed(f"{service}{path} accepted no work, so nothing can be said of its end")
        # Not now: lost pieces were looked for long after the last one was done.
        ended = seen.latest(events.ACCEPTED, events.DONE)
        seen.stamp(events.WORK_ENDED, str(len(queued.done)), at=ended)
        if scales_to_zero(seen, within):
            pause(sleeping)
    return answer(seen)
