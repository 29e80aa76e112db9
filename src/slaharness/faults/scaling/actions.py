"""What ``chaos run`` calls in scaling scenarios: work that comes and goes, with what the cluster made of it.

None of these is a fault: they want something of a service, or nothing. Each returns ``events`` (epoch
seconds, name, detail), which become events of the run, and ``problems`` (words) for what nobody saw.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from pydantic import Field, validate_call

from slaharness.chaos.client import Secrets, core
from slaharness.chaos.guard import permit
from slaharness.errors import NotYet
from slaharness.events import ACCEPTED, DONE, WORK_ARRIVED, WORK_BEGAN, WORK_ENDED
from slaharness.faults.scaling.asking import Question, at_rate, until_answered
from slaharness.faults.scaling.ordering import Orders
from slaharness.faults.scaling.watching import Watching, watching
from slaharness.host.wait import pause, until

__all__ = ["order", "rest", "wake", "work"]

Positive = Annotated[float, Field(gt=0)]


@validate_call(config={"strict": True})
def rest(
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
    """Want an answer of Deployment ``name``, then nothing more; watch until it has slept for a while.

    ``service`` (``NAME:PORT``) and ``path`` are what users ask, ``says`` what a good answer holds; it is
    asked for ``within`` seconds at most, and has as long to fall asleep. Asleep, it is watched for
    ``sleeping`` seconds.
    """
    question = Question(namespace, service, path, says)
    with _watched(namespace, name, secrets) as (api, seen):
        if not until_answered(question, api, seen, within):
            raise ActivityFailed(f"{service}{path} did not answer within {within:g} s: nothing to rest from")
        seen.stamp(WORK_ENDED, "1")
        if _falls_asleep(seen, within):
            pause(sleeping)
    return _said(seen)


@validate_call(config={"strict": True})
def wake(
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
    """Wake Deployment ``name`` again and again: want an answer while it sleeps, and nothing until it does.

    Each wake has ``within`` seconds, each sleep ``resting`` to come. The rest as for ``rest``.
    """
    question = Question(namespace, service, path, says)
    with _watched(namespace, name, secrets) as (api, seen):
        for number in range(1, times + 1):
            if not _falls_asleep(seen, resting):
                seen.problems.append(f"not asleep within {resting:g} s, so wake {number} was not tried")
                break
            seen.stamp(WORK_ARRIVED, str(number))
            until_answered(question, api, seen, within)
            seen.stamp(WORK_ENDED, "1")
    return _said(seen)


@validate_call(config={"strict": True})
def work(
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
    """Ask Deployment ``name`` ``rate`` times a second for so many seconds; watch it ``after`` that, too.

    Work begins with the first good answer, so that a service that slept is awake by then.
    """
    question = Question(namespace, service, path, says)
    with _watched(namespace, name, secrets) as (api, seen):
        if not until_answered(question, api, seen, seconds):
            raise ActivityFailed(f"{service}{path} did not answer within {seconds:g} s: no work can be done")
        seen.stamp(WORK_BEGAN)
        answered = at_rate(question, api, seen, rate=rate, seconds=seconds)
        seen.stamp(WORK_ENDED, str(answered))
        pause(after)
    return _said(seen)


@validate_call(config={"strict": True})
def order(
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
    """Order work that Deployment ``name`` does later, ``rate`` pieces a second for ``seconds``; see it done.

    Each piece is ``task`` with an ``id`` of its own, posted to ``path`` of ``service`` (``NAME:PORT``), which
    answers 202 and lists under the same path what has been done. The pieces are looked for until all are
    done, ``within`` seconds after the last one at most. The rest as for ``rest``.
    """
    with _watched(namespace, name, secrets) as (api, seen):
        orders = Orders(api, namespace, service, path, task)
        orders.place(seen, rate=rate, seconds=seconds, within=within)
        if not orders.accepted:
            raise ActivityFailed(
                f"{service}{path} accepted no work: nothing can be said of what becomes of it"
            )
        # Not now: pieces that are lost were looked for long after there was anything to do.
        ended = seen.latest(ACCEPTED, DONE)
        seen.stamp(WORK_ENDED, str(len(orders.done)), at=ended)
        if _falls_asleep(seen, within):
            pause(sleeping)
    return _said(seen)


@contextmanager
def _watched(namespace: str, name: str, secrets: Secrets) -> Iterator[tuple[client.CoreV1Api, Watching]]:
    """The API and a watch on the Deployment, where that is allowed."""
    api = core(secrets)
    permit(api, namespace)
    with watching(api, namespace, name) as seen:
        yield api, seen


def _falls_asleep(seen: Watching, within: float) -> bool:
    try:
        return until(lambda: seen.asleep, within=within, every=0.05, what="no pod is there")
    except NotYet:
        return False


def _said(seen: Watching) -> dict[str, Any]:
    return {"events": seen.events, "problems": seen.problems}
