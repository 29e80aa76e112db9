"""What is news of an object: two states of it → the names of events, with their details. Pure."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from slaharness.events import (
    NODE_CHANGED,
    POD_CREATED,
    POD_GONE,
    POD_NOT_READY,
    POD_READY,
    POD_RESTARTED,
    POD_SCHEDULED,
    POLICY_CHANGED,
    SERVICE_CHANGED,
    WORKLOAD_CHANGED,
)
from slaharness.stack.pods import wanted

#: On pods of Jobs: they come to their end and nobody misses them, so they are never Ready nor not.
OF_A_JOB = "batch.kubernetes.io/job-name"
#: Taints that the cluster itself puts on and takes off with a node's health.
HEALTH = "node.kubernetes.io/"

News = Iterator[tuple[str, str]]


class Tell(NamedTuple):
    """``state`` is what counts of a plain object; ``news`` is what two states of it say, None: not there."""

    state: Callable[[Mapping[str, Any]], Any]
    news: Callable[[str, Any, Any], News]


def name(body: Mapping[str, Any]) -> str:
    """``namespace/name`` of a plain object, or its name where it has no namespace."""
    meta = body["metadata"]
    return "/".join(filter(None, (meta.get("namespace"), meta["name"])))


@dataclass(frozen=True)
class _Pod:
    uid: str
    scheduled: bool
    ready: bool
    restarts: int


def _pod(body: Mapping[str, Any]) -> _Pod:
    """A pod that is on its way out counts for nobody, whatever its conditions say still."""
    meta, status = body["metadata"], body.get("status", {})
    true = {one["type"] for one in status.get("conditions") or () if one["status"] == "True"}
    serves = not meta.get("deletionTimestamp") and OF_A_JOB not in (meta.get("labels") or {})
    restarts = sum(one.get("restartCount", 0) for one in status.get("containerStatuses") or ())
    return _Pod(meta.get("uid", ""), "PodScheduled" in true, serves and "Ready" in true, restarts)


def _pod_news(where: str, before: _Pod | None, after: _Pod | None) -> News:
    if before and after and before.uid != after.uid:  # its end was missed
        yield from _pod_news(where, before, None)
        before = None
    was, now = before or _Pod("", scheduled=False, ready=False, restarts=0), after
    told: tuple[tuple[str, bool], ...] = ((POD_NOT_READY, was.ready), (POD_GONE, True))
    if now is not None:
        told = (
            (POD_CREATED, before is None),
            (POD_SCHEDULED, now.scheduled and not was.scheduled),
            (POD_RESTARTED, before is not None and now.restarts > was.restarts),
            (POD_READY, now.ready and not was.ready),
            (POD_NOT_READY, was.ready and not now.ready),
        )
    yield from ((what, where) for what, happened in told if happened)


def _changes(what: str, kind: str, words: Callable[[Any, Any], str]) -> Callable[[str, Any, Any], News]:
    """News of an object that is as it was, or not."""

    def news(where: str, before: Any, after: Any) -> News:
        if before == after:
            return
        space, _, own = where.rpartition("/")
        place = "/".join(filter(None, (space, kind, own)))
        said = "is new" if before is None else "is gone" if after is None else words(before, after)
        yield what, f"{place}: {said}"

    return news


def _spec(body: Mapping[str, Any]) -> str:
    plain = json.dumps(body.get("spec"), sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:12]


def _sized(body: Mapping[str, Any]) -> tuple[int | None, str]:
    return body.get("spec", {}).get("replicas"), _spec(body)


def _sized_words(before: tuple[int | None, str], after: tuple[int | None, str]) -> str:
    if before[0] != after[0]:
        return f"wants {wanted(after[0])}, wanted {before[0]}"
    return "was changed"


def _node(body: Mapping[str, Any]) -> str:
    spec, status = body.get("spec", {}), body.get("status", {})
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions") or ())
    taints = sorted(t["key"] for t in spec.get("taints") or () if not t["key"].startswith(HEALTH))
    words = ["Ready" if ready else "not Ready", *(["cordoned"] if spec.get("unschedulable") else [])]
    return ", ".join([*words, *(f"tainted {key}" for key in taints)])


def workload(kind: str) -> Tell:
    return Tell(_sized, _changes(WORKLOAD_CHANGED, kind, _sized_words))


POD = Tell(_pod, _pod_news)
SERVICE = Tell(_spec, _changes(SERVICE_CHANGED, "Service", lambda _, __: "was changed"))
POLICY = Tell(_spec, _changes(POLICY_CHANGED, "NetworkPolicy", lambda _, __: "was changed"))
NODE = Tell(_node, _changes(NODE_CHANGED, "", lambda old, new: f"was {old}, is {new}"))
