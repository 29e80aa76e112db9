"""Asks a service for something as its users do: through the edge, once, or many times a second."""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from kubernetes import client
from urllib3.exceptions import HTTPError

from slaharness.chaos.client import CONNECTIONS
from slaharness.events import FIRST_SUCCESS, REFUSED
from slaharness.faults.scaling.watch import Watch
from slaharness.host.unreachable import why
from slaharness.host.wait import pause

#: Seconds for one answer: more than the edge holds a request, less than the API server's proxy does.
PATIENCE = 30.0
#: Requests under way at once, beyond which a plan falls behind.
AT_ONCE = CONNECTIONS
#: Statuses of an answer of which nothing else is known.
GOOD = range(200, 300)
#: Seconds after its instant at which a request may be sent.
BEHIND = 3.0


@dataclass(frozen=True)
class Question:
    """``path`` of ``service`` (``NAME:PORT``) in a namespace.

    A good answer holds the text ``says``, whatever its status; where nothing is named, its status is 2xx.
    """

    namespace: str
    service: str
    path: str
    says: str

    def ask(self, core: "client.CoreV1Api") -> str:
        """Ask once, through the API server: "" for a good answer, else what came instead."""
        status, text = asked(core, self.namespace, self.service, self.path)
        good = status and self.says in text if self.says else status in GOOD
        return "" if good else refusal(status, text)


def asked(
    core: "client.CoreV1Api", namespace: str, service: str, path: str, body: Mapping[str, Any] | None = None
) -> tuple[int, str]:
    """Status and text of an answer to a GET, or to a POST of ``body``; status 0 when there was no answer."""
    api, words = core.api_client, {} if body is None else {"Content-Type": "application/json"}
    request = api.param_serialize(
        "GET" if body is None else "POST",
        f"/api/v1/namespaces/{namespace}/services/{service}/proxy{path}",
        header_params=words,
        body=body,
        auth_settings=["BearerToken"],
    )
    try:
        answer = api.call_api(*request, _request_timeout=PATIENCE)
        return answer.status, (answer.read() or b"").decode(errors="replace")
    except HTTPError as error:
        return 0, why(error)


def refusal(status: int, text: str) -> str:
    """What came instead of a good answer, in a line."""
    return f"{status or 'no answer'}: {' '.join(text.split())}"[:200]


def until_answered(question: Question, core: "client.CoreV1Api", seen: Watch, within: float) -> bool:
    """Ask until there is a good answer, or ``within`` seconds have passed; stamp it, and each refusal."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not (refused := question.ask(core)):
            seen.stamp(FIRST_SUCCESS)
            return True
        seen.stamp(REFUSED, refused)
        pause(0.2)
    return False


def at_rate(question: Question, core: "client.CoreV1Api", seen: Watch, *, rate: float, seconds: float) -> int:
    """Ask ``rate`` times a second for ``seconds``, however slow the answers. Return how many were good."""
    return by_plan(lambda: question.ask(core), seen, rate=rate, seconds=seconds)


def by_plan(do: Callable[[], str], seen: Watch, *, rate: float, seconds: float) -> int:
    """Do something ``rate`` times a second for ``seconds``, but once at least; say how often it worked.

    It is begun at its instants, however long it takes. ``do`` says "" when it worked, else what came instead,
    which is stamped. What falls behind its plan is a problem: nobody knows what the planned work would have
    done.
    """
    late: list[float] = []

    def once(due: float) -> bool:
        late.append(time.monotonic() - due)
        if refused := do():
            seen.stamp(REFUSED, refused)
        return not refused

    with ThreadPoolExecutor(AT_ONCE) as threads:
        done = [threads.submit(once, due) for due in _arrivals(rate, seconds)]
        good = sum(one.result() for one in done)
    if max(late) > BEHIND:
        seen.problems.append(
            f"work fell behind its plan by {max(late):.1f} s: this machine is starved of CPU"
        )
    return good


def _arrivals(rate: float, seconds: float) -> Iterator[float]:
    """Come back at each planned instant, with it; late ones follow at once."""
    start = time.monotonic()
    for number in range(max(1, int(rate * seconds))):
        due = start + number / rate
        pause(due - time.monotonic())
        yield due
