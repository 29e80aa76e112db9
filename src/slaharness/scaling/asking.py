"""Asks a service for something as its users do: through the edge, once, or many times a second."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kubernetes import client
from urllib3.exceptions import HTTPError

from slaharness.scaling.watching import Watching
from slaharness.slo import stamps
from slaharness.wait import pause

#: Seconds for one answer: more than the edge holds a request, less than the API server's proxy does.
PATIENCE = 30.0
#: Requests under way at once, beyond which a plan falls behind.
AT_ONCE = 128
#: Seconds after its instant at which a request may be sent.
BEHIND = 3.0


@dataclass(frozen=True)
class Question:
    """``path`` of ``service`` (``NAME:PORT``) in a namespace; a good answer holds the text ``says``."""

    namespace: str
    service: str
    path: str
    says: str

    def ask(self, core: client.CoreV1Api) -> str:
        """Ask once, through the API server: "" for a good answer, else what came instead."""
        api = core.api_client
        path = f"/api/v1/namespaces/{self.namespace}/services/{self.service}/proxy{self.path}"
        request = api.param_serialize("GET", path, auth_settings=["BearerToken"])
        try:
            answer = api.call_api(*request, _request_timeout=PATIENCE)
            text = (answer.read() or b"").decode(errors="replace")
        except HTTPError as error:
            return f"no answer: {error}"[:200]
        return "" if self.says in text else f"{answer.status}: {' '.join(text.split())}"[:200]


def until_answered(question: Question, core: client.CoreV1Api, seen: Watching, within: float) -> bool:
    """Ask until there is a good answer, or ``within`` seconds have passed; stamp it, and each refusal."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not (refused := question.ask(core)):
            seen.stamp(stamps.FIRST_SUCCESS)
            return True
        seen.stamp(stamps.REFUSED, refused)
        pause(0.2)
    return False


def at_rate(
    question: Question, core: client.CoreV1Api, seen: Watching, *, rate: float, seconds: float
) -> int:
    """Ask ``rate`` times a second for ``seconds``, however slow the answers. Return how many were good.

    Asking that falls behind its plan is a problem: nobody knows what the planned work would have done.
    """
    late: list[float] = []

    def once(due: float) -> bool:
        late.append(time.monotonic() - due)
        if refused := question.ask(core):
            seen.stamp(stamps.REFUSED, refused)
        return not refused

    with ThreadPoolExecutor(AT_ONCE) as threads:
        asked = [threads.submit(once, due) for due in _arrivals(rate, seconds)]
        good = sum(one.result() for one in asked)
    if max(late) > BEHIND:
        seen.problems.append(f"work fell behind its plan by {max(late):.1f} s: this machine is out of breath")
    return good


def _arrivals(rate: float, seconds: float) -> Iterator[float]:
    """Come back at each planned instant, with it; late ones follow at once."""
    start = time.monotonic()
    for number in range(int(rate * seconds)):
        due = start + number / rate
        pause(due - time.monotonic())
        yield due
