"""What the cluster itself tells of a while: Kubernetes' events, and the ends of the pods' logs. Bounded."""

import datetime as dt
import time
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import Api
from slaharness.errors import HarnessError
from slaharness.host.unreachable import why
from slaharness.model import Event, Window
from slaharness.stack.objects import items

#: Events that are kept; the lines and bytes of each container's log; pods whose logs are.
EVENTS, LINES, BYTES, PODS = 500, 2_000, 2**18, 60


def events(api: Api, namespaces: Sequence[str], window: Window) -> tuple[Event, ...]:
    """Those of the window, in their order, warnings with that word: the reason, of what, and the message.

    Of more than ``EVENTS`` the first ones are kept, and how many there were is the last.
    """
    found = [
        Event(at, _name(one), _detail(one))
        for space in namespaces
        for one in items(api.core.list_namespaced_event(space))
        if (at := _at(one)) is not None and window.start <= at <= window.end
    ]
    found.sort(key=lambda one: one.at)
    more = len(found) - EVENTS
    return (*found[:EVENTS], *([Event(window.end, "more", f"{more:,} are left out")] if more > 0 else []))


def save_logs(api: Api, namespaces: Sequence[str], window: Window, into: Path) -> None:
    """Write ``into/NAMESPACE/POD/CONTAINER.log``: what each container said in the window, the end of it.

    Of one that was restarted what its last life said, too. What cannot be had is said in the file.
    """
    pods = [pod for space in namespaces for pod in items(api.core.list_namespaced_pod(space))]
    for pod in pods[:PODS]:
        folder = into / pod.metadata.namespace / pod.metadata.name
        folder.mkdir(parents=True, exist_ok=True)
        for container in pod.status.container_statuses or ():
            lives = (True, False) if container.restart_count else (False,)
            said = [_log(api, pod, container.name, window, previous=previous) for previous in lives]
            (folder / f"{container.name}.log").write_text("# restarted\n".join(said))


def _log(api: Api, pod: Any, container: str, window: Window, *, previous: bool) -> str:
    """Lines with their times. The API counts from now back, and knows no end: what came later is cut."""
    try:
        text = api.core.read_namespaced_pod_log(
            pod.metadata.name, pod.metadata.namespace, container=container, previous=previous,
            since_seconds=max(1, ceil(time.time() - window.start)), tail_lines=LINES, limit_bytes=BYTES,
            timestamps=True,
        )  # fmt: skip
    except (ApiException, HarnessError) as error:
        return f"no log: {why(error)}\n"
    until = dt.datetime.fromtimestamp(window.end, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    lines = (line for line in text.splitlines(keepends=True) if line[: len(until)] <= until)
    return "".join(lines)


def _at(one: Any) -> float | None:
    """When it was seen last, in epoch seconds; None where it does not say."""
    at: dt.datetime | None = one.last_timestamp or one.event_time or one.first_timestamp
    return at.timestamp() if at else None


def _name(one: Any) -> str:
    return f"{one.type} {one.reason}" if one.type == "Warning" else str(one.reason)


def _detail(one: Any) -> str:
    about = one.involved_object
    times = f" ({one.count} times)" if (one.count or 1) > 1 else ""
    place = "/".join(filter(None, (about.namespace, about.name)))
    return f"{about.kind or 'object'} {place}: {' '.join((one.message or '').split())}{times}"
