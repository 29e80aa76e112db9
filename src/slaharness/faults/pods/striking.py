"""What faults on pods have in common: choose all pods or none, strike at one moment, see them die, say so."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Literal

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import Field

from slaharness.chaos.client import described, running
from slaharness.errors import NotYet
from slaharness.host.wait import until

logger = logging.getLogger("chaostoolkit")

Selector = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)] | Literal["all"]
OVER = ("Succeeded", "Failed")


def answer(
    pods: Sequence[Any], injected: float, died: Sequence[str], problems: Sequence[str]
) -> dict[str, Any]:
    """What every action says of what it did."""
    for problem in problems:
        logger.error(problem)
    return {
        "injected": injected,
        "ended": time.time(),
        "matched": [described(pod) for pod in pods],
        "died": list(died),
        "problems": list(problems),
    }


def pick(api: "client.CoreV1Api", namespace: str, selector: str, count: int | str) -> list[Any]:
    """Return the pods to kill: as many as asked, or none at all (ActivityFailed)."""
    found: Any = api.list_namespaced_pod(namespace, label_selector=selector)
    present = [pod for pod in found.items if pod.status.phase not in OVER]
    alive = sorted((pod for pod in present if running(pod)), key=lambda pod: pod.metadata.name)
    asked = max(len(present), 1) if count == "all" else int(count)
    if len(alive) < asked:
        raise ActivityFailed(
            f"asked to kill {count} of {selector!r} in {namespace}, found {len(alive)} running of "
            f"{len(present)}: nothing was killed; see `kubectl -n {namespace} get pods -l {selector}`"
        )
    return alive[:asked]


def strike(pods: Sequence[Any], how: Callable[[Any], str]) -> dict[str, str]:
    """Strike all pods at the same moment; return by name what went wrong, or "". Raises when all did."""
    with ThreadPoolExecutor(len(pods)) as threads:
        said = dict(zip((pod.metadata.name for pod in pods), threads.map(how, pods), strict=True))
    if all(said.values()):
        raise ActivityFailed("; ".join(in_words(said)))
    return said


def in_words(said: Mapping[str, str]) -> list[str]:
    """What went wrong, a sentence for each pod of which something is said."""
    return [f"{name} {words}" for name, words in said.items() if words]


def struck(pods: Sequence[Any], said: Mapping[str, str]) -> list[Any]:
    return [pod for pod in pods if not said[pod.metadata.name]]


def see_dying(dead: Callable[[Any], bool], pods: Sequence[Any], within: float) -> tuple[list[str], list[str]]:
    """Return the names of those that are seen dead inside the limit, and words on each of the others."""
    waiting = list(pods)

    def all_dead() -> bool:
        waiting[:] = [pod for pod in waiting if not dead(pod)]
        return not waiting

    reason = f"not seen to die within {within:g} s"
    try:
        until(all_dead, within=within, what="the killed pods are dead")
    except NotYet:
        pass
    except ApiException as error:
        reason = f"not seen to die: {error.status} {error.reason}"
    alive = [pod.metadata.name for pod in waiting]
    died = [pod.metadata.name for pod in pods if pod.metadata.name not in alive]
    return died, [f"{name} was {reason}" for name in alive]
