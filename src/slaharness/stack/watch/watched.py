"""What changes of the stack while a run lasts, heard from the API server as it happens.

This is the witness of what a fault did, whatever the fault's own action says. Asking again and again would be
coarser, and what an object itself says of its times is in whole seconds.
"""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread
from types import MappingProxyType
from typing import Any

from kubernetes.client import NetworkingV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from slaharness.cluster import clock
from slaharness.cluster.api import Api
from slaharness.errors import HarnessError
from slaharness.events import CLOCKS_APART, WATCH_ENDED
from slaharness.host.unreachable import why
from slaharness.model import Event
from slaharness.stack.watch import news

#: Seconds to connect, and of a silence after which a watch is begun anew: bookmarks come once a minute.
PATIENCE = (5.0, 150.0)
#: Seconds between two tries, and for a listener to end once its line is cut.
AGAIN, END = 0.5, 5.0
#: The API's answer when it no longer remembers what happened since.
GONE = 410
#: What listening may end in.
TROUBLE = (ApiException, HarnessError, HTTPError, OSError, ValueError, LookupError, TypeError, AttributeError)


@dataclass
class _Watch:
    """One kind of object: how it is listed, what is news of it, and what is known so far."""

    kind: str
    listing: Callable[..., Any]
    tell: news.Tell
    namespaces: Collection[str]
    known: dict[str, Any] = field(default_factory=dict)
    version: str = ""
    answer: Any = None

    def begin(self) -> None:
        """Learn what is there: that is no news."""
        listed = json.loads(self.listing(_preload_content=False).data)
        self.version = listed["metadata"]["resourceVersion"]
        for body in filter(self._ours, listed["items"]):
            self.known[news.name(body)] = self.tell.state(body)

    def listen(self, over: Flag, seen: list[Event]) -> None:
        """Add to ``seen`` until it is over. A line that is cut is taken up again where it was."""
        trouble = ""
        while not over.is_set():
            try:
                self._hear(over, seen)
                trouble = ""
            except TROUBLE as error:
                if over.is_set() and self.answer is not None:
                    return  # our own end of it cut the line
                trouble = why(error)
                if getattr(error, "status", None) == GONE:
                    break
            over.wait(AGAIN)
        if trouble:
            seen.append(Event(time.time(), WATCH_ENDED, f"{self.kind}: {trouble}"))

    def _hear(self, over: Flag, seen: list[Event]) -> None:
        self.answer = None
        answer = self.listing(
            watch=True, resource_version=self.version, allow_watch_bookmarks=True,
            _preload_content=False, _request_timeout=PATIENCE,
        )  # fmt: skip
        self.answer = answer
        try:
            for line in answer:
                if over.is_set():
                    return
                seen.extend(self._take(json.loads(line)))
        finally:
            answer.release_conn()

    def _take(self, change: Mapping[str, Any]) -> Iterator[Event]:
        body = change["object"]
        if change["type"] == "ERROR":
            raise ApiException(body.get("code"), body.get("message"))
        self.version = body["metadata"]["resourceVersion"]
        if change["type"] == "BOOKMARK" or not self._ours(body):
            return
        name, now = news.name(body), time.time()
        before = self.known.pop(name, None)
        after = None if change["type"] == "DELETED" else self.tell.state(body)
        if after is not None:
            self.known[name] = after
        yield from (Event(now, what, detail) for what, detail in self.tell.news(name, before, after))

    def _ours(self, body: Mapping[str, Any]) -> bool:
        namespace = body["metadata"].get("namespace")
        return namespace is None or namespace in self.namespaces


class Seen(list[Event]):
    """The events so far, and what is known of each pod now (``ready``), by its name."""

    pods: Mapping[str, Any] = MappingProxyType({})


@contextmanager
def watched(api: Api, namespaces: Collection[str]) -> Iterator[Seen]:
    """Yield a list that grows by the events of ``events.py`` on pods and the stack while the body runs.

    That something is no longer watched is an event, too (WATCH_ENDED): a fault may strike the API server.
    """
    seen = Seen()
    over = Flag()
    watches, listeners = list(_watches(api, namespaces)), []
    seen.pods = watches[0].known
    for one in watches:
        try:
            one.begin()
        except TROUBLE as error:
            seen.append(Event(time.time(), WATCH_ENDED, f"{one.kind}: {why(error)}"))
            continue
        listeners.append(Thread(target=one.listen, args=(over, seen), daemon=True))
        listeners[-1].start()
    try:
        _hold_clocks(api, seen)
        yield seen
        _hold_clocks(api, seen)
    finally:
        over.set()
        for one in watches:
            with suppress(*TROUBLE, RuntimeError):  # it may have ended by itself
                one.answer.shutdown()
        for listener in listeners:
            listener.join(END)


def _hold_clocks(api: Api, seen: list[Event]) -> None:
    """Whose times are not ours is told, once when it begins and once when it ends: a clock may be set."""
    if told := clock.apart(api):
        seen.append(Event(time.time(), CLOCKS_APART, told))


def _watches(api: Api, namespaces: Collection[str]) -> Iterator[_Watch]:
    networking = NetworkingV1Api(api.client)
    for kind, listing, tell in (
        ("pods", api.core.list_pod_for_all_namespaces, news.POD),
        ("deployments", api.apps.list_deployment_for_all_namespaces, news.workload("Deployment")),
        ("statefulsets", api.apps.list_stateful_set_for_all_namespaces, news.workload("StatefulSet")),
        ("daemonsets", api.apps.list_daemon_set_for_all_namespaces, news.workload("DaemonSet")),
        ("services", api.core.list_service_for_all_namespaces, news.SERVICE),
        ("network policies", networking.list_network_policy_for_all_namespaces, news.POLICY),
        ("nodes", api.core.list_node, news.NODE),
    ):
        yield _Watch(kind, listing, tell, namespaces)
