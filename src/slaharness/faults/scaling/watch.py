"""Watches a Deployment and its pods as the API tells of them, and stamps what happens when it is heard.

Objects carry whole seconds, and a start takes three: so what counts is when a watch heard of it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.watch import Watch as ApiWatch
from urllib3.exceptions import HTTPError

from slaharness.events import (
    ASLEEP,
    PODS_READY,
    SCALER_ACTIVE,
    SENT_TO_SLEEP,
    WATCHED_UNTIL,
)
from slaharness.host.unreachable import why

#: Seconds after which a watch is begun anew: rarely, for whatever happens meanwhile is heard of late.
TURN = 300
#: What a watch may end in: an answer that is no, a line that is cut or says something else.
TROUBLE = (ApiException, HTTPError, OSError, ValueError, LookupError, TypeError, AttributeError)


@dataclass
class Watch:
    """What is known now, and everything stamped so far. ``problems`` is why some of it may be missing.

    ``pods`` are those that are there, and whether each is ready. What becomes of single pods, the watch of
    the whole run stamps.
    """

    wanted: int = 0
    pods: dict[str, bool] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def asleep(self) -> bool:
        """Whether there is no pod, and none is to be."""
        with self._lock:
            return not self.wanted and not self.pods

    @property
    def ready(self) -> int:
        with self._lock:
            return sum(self.pods.values())

    def stamp(self, name: str, detail: str = "", *, at: float | None = None) -> None:
        """Say that ``name`` happened now, or at that time (epoch seconds)."""
        with self._lock:
            self.events.append({"at": at or time.time(), "name": name, "detail": detail})

    def latest(self, *names: str) -> float:
        """When the last of so named events happened. Raises ValueError when none did."""
        with self._lock:
            return max(float(event["at"]) for event in self.events if event["name"] in names)

    def deployment(self, found: Any, *, gone: bool = False) -> None:
        """Take in the Deployment as it is now."""
        wanted = 0 if gone else found.spec.replicas or 0
        with self._lock:
            before, self.wanted = self.wanted, wanted
            if bool(before) != bool(wanted):
                self.stamp(SCALER_ACTIVE if wanted else SENT_TO_SLEEP)
            self._asleep_now(before != wanted)

    def pod(self, found: Any, *, gone: bool = False) -> None:
        """Take in a pod as it is now."""
        name = f"{found.metadata.namespace}/{found.metadata.name}"
        with self._lock:
            ready = self.ready
            if gone:
                self.pods.pop(name, None)
            else:
                self.pods[name] = _ready(found)
            if self.ready != ready:
                self.stamp(PODS_READY, str(self.ready))
            self._asleep_now(gone)

    def _asleep_now(self, changed: bool) -> None:  # noqa: FBT001 - private, and said by name nowhere else
        if changed and self.asleep:
            self.stamp(ASLEEP)


def _ready(found: Any) -> bool:
    """Whether a pod serves; one that is on its way out does not, whatever its conditions say still."""
    true = {one.type for one in found.status.conditions or () if one.status == "True"}
    return "Ready" in true and not found.metadata.deletion_timestamp


@contextmanager
def watch(core: "client.CoreV1Api", namespace: str, name: str) -> Iterator[Watch]:
    """Watch Deployment ``name`` and its pods, from what is there now until the end of the block.

    Raises ApiException when it is not there, or they cannot be listed. Of what was there before, only
    how many pods were ready is stamped.
    """
    deployments = partial(
        client.AppsV1Api(core.api_client).list_namespaced_deployment,
        namespace,
        field_selector=f"metadata.name={name}",
    )
    listed: Any = deployments()
    if not listed.items:
        raise ApiException(404, f"there is no Deployment {namespace}/{name}")
    found = listed.items[0]
    labels = ",".join(f"{key}={value}" for key, value in found.spec.selector.match_labels.items())
    seen = Watch(wanted=found.spec.replicas or 0)
    pods: Any = core.list_namespaced_pod(namespace, label_selector=labels)
    for pod in pods.items:
        seen.pod(pod)
    seen.events.clear()
    seen.stamp(PODS_READY, str(seen.ready))
    # From the lists' own versions: an object's own is of its last change, and soon too old to watch from.
    followed = (
        (deployments, listed.metadata.resource_version, seen.deployment),
        (partial(core.list_namespaced_pod, namespace, label_selector=labels),
         pods.metadata.resource_version, seen.pod),
    )  # fmt: skip
    threads = [threading.Thread(target=_follow, args=(seen, *one), daemon=True) for one in followed]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        seen.stamp(WATCHED_UNTIL, f"{namespace}/{name}")
        seen._over.set()  # noqa: SLF001 - ours, of this module; what is heard after it counts for nothing


def _follow(seen: Watch, listing: Callable[..., Any], version: str, take: Callable[..., None]) -> None:
    """Hand every change to ``take`` until it is over. A watch that breaks is a problem: nobody saw then.

    Bookmarks say from where to go on, where nothing changed for longer than the API remembers.
    """
    while not seen._over.is_set():  # noqa: SLF001
        stream = ApiWatch()
        try:
            for event in stream.stream(
                listing, resource_version=version, timeout_seconds=TURN, allow_watch_bookmarks=True
            ):
                if seen._over.is_set():  # noqa: SLF001
                    return
                if event["type"] != "BOOKMARK":
                    take(event["object"], gone=event["type"] == "DELETED")
            version = stream.resource_version or version
        except TROUBLE as error:
            if not seen._over.is_set():  # noqa: SLF001
                seen.problems.append(f"the watch broke, so something may have gone unseen: {why(error)}")
            return
