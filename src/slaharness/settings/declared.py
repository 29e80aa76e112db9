"""A stack that settings alone describe: where it is, how one sees that it serves, how its rows are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import requests

from slaharness.cluster.api import Api, Endpoint
from slaharness.errors import StackTrouble
from slaharness.model import Columns
from slaharness.settings import rows
from slaharness.stack import reach, verified
from slaharness.stack.objects import items
from slaharness.stack.pods import is_ready
from slaharness.stack.protocol import Authorities, Entry, ImageSource, PrometheusAt

#: Seconds for one HTTP answer while looking, and for one of the rows' whole.
ANSWER, SILENCE = 5.0, 35.0


@dataclass(frozen=True)
class DeclaredStack:
    """Keeps the protocols Stack and Secured."""

    name: str
    entry: str
    namespaces: tuple[str, ...]
    load_namespace: str
    prometheus: PrometheusAt | None
    ready: str
    deployed_from: Callable[[str], Path | None]
    sources: Mapping[str, ImageSource]
    authorities: Authorities | None = field(default=None, kw_only=True)

    def entrance(self, api: Api) -> Entry:  # noqa: ARG002 - settings say it whatever is deployed
        return Entry(self.entry, self.authorities)

    def profile(self, name: str) -> Path | None:
        return self.deployed_from(name)

    def images(self) -> Mapping[str, ImageSource]:
        return self.sources

    def missing(self, api: Api) -> list[str]:
        if not self.ready:
            return []
        return self._answer(api) if "://" in self.ready else self._pods(api)

    def _answer(self, api: Api) -> list[str]:
        try:
            return _answer(self._reached(api), self.ready)
        except StackTrouble as error:
            return [f"an answer from {self.ready} ({error})"]

    def _reached(self, api: Api) -> Endpoint:
        """As the load reaches it, verified, where it is HTTPS of a Service and we know by whom."""
        entry = Entry(self.ready, self.authorities)
        if verified.can(entry):
            return verified.endpoint(api, entry, self.load_namespace)
        return reach.endpoint(api, self.ready)

    def _pods(self, api: Api) -> list[str]:
        found = [
            pod
            for space in self.namespaces
            for pod in items(api.core.list_namespaced_pod(space, label_selector=self.ready))
        ]
        if not found:
            return [f"a pod with {self.ready} in {', '.join(self.namespaces)}"]
        return [f"pod {pod.metadata.namespace}/{pod.metadata.name}" for pod in found if not is_ready(pod)]


@dataclass(frozen=True)
class ReadableStack(DeclaredStack):
    """Keeps the protocol Readable, too."""

    columns: Columns
    readback_url: str

    def readback(self, api: Api, into: Path) -> None:
        """Raise what requests raises, or LoadTrouble for an answer that is not all rows."""
        there = reach.endpoint(api, self.readback_url)
        answer = there.session.get(there.url, timeout=SILENCE)
        answer.raise_for_status()
        rows.save(answer.content, answer.headers.get("Content-Type", ""), self.columns, into)


def _answer(there: Endpoint, url: str) -> list[str]:
    try:
        answer = there.session.get(there.url, timeout=ANSWER)
    except requests.RequestException as error:
        return [f"an answer from {url} ({type(error).__name__})"]
    if answer.ok:
        return []
    return [f"an answer from {url} ({answer.status_code}: {' '.join(answer.text.split())[:120]})"]
