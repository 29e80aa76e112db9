"""When the stack's pods became Ready and when they no longer were, heard from the API server as it happens.

Asking again and again would be coarser, and what a pod itself says of its times is in whole seconds.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from slaharness.cluster.api import Api
from slaharness.errors import HarnessError
from slaharness.model import NOT_READY, READY, Event
from slaharness.stack.objects import PART, items, place, ready

#: The pods that serve. Those of Jobs come to their end and nobody misses them; the load goes with its run.
SERVING: dict[str, Any] = {
    "label_selector": f"{PART},!batch.kubernetes.io/job-name",
    "field_selector": "metadata.namespace!=load",
}
#: Seconds to connect, and of a silence in which nothing happens to any pod.
PATIENCE = (5.0, 4 * 3600.0)
#: Seconds for the listener to end once its line is cut.
END = 5.0


@contextmanager
def watched(api: Api) -> Iterator[list[Event]]:
    """Yield a list that grows by READY and NOT_READY of ``namespace/pod`` while the body runs.

    What keeps it from being told is an event, too: a fault may strike the API server, and the run goes on.
    """
    seen: list[Event] = []
    try:
        listed: Any = api.core.list_pod_for_all_namespaces(**SERVING)
        answer: Any = api.core.list_pod_for_all_namespaces(
            **SERVING, watch=True, resource_version=listed.metadata.resource_version,
            _preload_content=False, _request_timeout=PATIENCE,
        )  # fmt: skip
    except (ApiException, HarnessError) as error:
        seen.append(Event(time.time(), "pods not watched", str(error)))
        yield seen
        return
    serving = {
        place(pod) for pod in map(api.client.sanitize_for_serialization, items(listed)) if _serves(pod)
    }
    listener = Thread(target=_listen, args=(answer, serving, seen), daemon=True)
    listener.start()
    try:
        yield seen
    finally:
        with suppress(HTTPError, OSError, ValueError):  # it may have ended by itself
            answer.shutdown()
        listener.join(END)
        answer.release_conn()


def _listen(answer: Any, serving: set[str], seen: list[Event]) -> None:
    try:
        for line in answer:
            seen.extend(_told(json.loads(line), serving))
    except (HTTPError, OSError, ValueError, LookupError, AttributeError) as error:
        seen.append(Event(time.time(), "pods no longer watched", repr(error)))


def _told(change: Mapping[str, Any], serving: set[str]) -> Iterator[Event]:
    """What a change of one pod says, if that is news; ``serving`` is kept up to date."""
    pod = change["object"]
    name = place(pod)
    now = change["type"] != "DELETED" and _serves(pod)
    if now and name not in serving:
        serving.add(name)
        yield Event(time.time(), READY, name)
    elif not now and name in serving:
        serving.remove(name)
        yield Event(time.time(), NOT_READY, name)


def _serves(pod: Mapping[str, Any]) -> bool:
    """A pod that is on its way out counts for nobody, whatever its conditions say still."""
    return not pod["metadata"].get("deletionTimestamp") and ready(pod)
