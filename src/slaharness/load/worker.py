"""One pod of a load: how it is, ending it, its ledger; asked of its recorder through the API server."""

from typing import Any

import requests

from slaharness.cluster.api import Api
from slaharness.errors import LoadTrouble
from slaharness.host.unreachable import why
from slaharness.load import manifest

#: Seconds for one answer; an end waits for requests in flight (the recorder's DRAIN), a ledger for its bytes.
ANSWER, END, FETCH = 5, 45, 120
#: Reasons a container gives for not starting that no waiting mends.
HOPELESS = frozenset({
    "ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError",
})  # fmt: skip


class Worker:
    """The pod called ``name``, and Locust in it. ``token`` is what the load was begun with."""

    def __init__(self, api: Api, namespace: str, name: str, token: str) -> None:
        self._api, self._namespace, self.name = api, namespace, name
        self._shown = {manifest.TOKEN: token}
        self._endpoint = api.endpoint(self._namespace, name, manifest.PORT, kind="pods")

    def state(self) -> dict[str, Any]:
        """What its recorder says of it. Raises LoadTrouble when there is no answer."""
        return self._told("GET", "state", ANSWER)

    def starting(self) -> dict[str, Any] | None:
        """Its state; None when it does not answer now but may yet. Raises LoadTrouble when it never will."""
        self._refuse_hopeless()
        try:
            return self.state()
        except LoadTrouble:
            return None

    def stop(self) -> dict[str, Any]:
        """Its last state, once requests in flight have ended. Raises LoadTrouble when some were cut off."""
        ended = self._told("POST", "stop", END)
        if not ended.get("drained"):
            raise LoadTrouble("some requests did not end when the load was stopped: they are in no ledger")
        return ended

    def ledger(self) -> bytes:
        """What it recorded: a gzip file. Raises LoadTrouble when there is no answer."""
        return self._ask("GET", "ledger", FETCH).content

    def log(self, *, tail: int | None = None) -> str:
        """What Locust printed; the last ``tail`` lines of it. Empty when it never started."""
        if not self._pod() or self._waiting():
            return ""
        said = self._api.core.read_namespaced_pod_log(self.name, self._namespace, tail_lines=tail)
        return str(said).strip()

    def _told(self, method: str, what: str, within: float) -> dict[str, Any]:
        """A state. Raises LoadTrouble when what is answered is none: a proxy's page, or half of one."""
        answer = self._ask(method, what, within)
        try:
            found = answer.json()
        except requests.JSONDecodeError as error:
            raise LoadTrouble(f"asked {self.name} for {what}, got {answer.text[:80]!r}") from error
        if not isinstance(found, dict) or "requests" not in found:
            raise LoadTrouble(f"asked {self.name} for {what}, got {answer.text[:80]!r}")
        return found

    def _ask(self, method: str, what: str, within: float) -> requests.Response:
        url = f"{self._endpoint.url}/{what}"
        try:
            answer = self._endpoint.session.request(method, url, headers=self._shown, timeout=within)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise LoadTrouble(
                f"asked {self.name} for {what}, got {why(error)}; its pod is {self._phase()}"
            ) from error
        return answer

    def _pod(self) -> Any | None:
        """The pod as the cluster sees it; None when it is not there."""
        found = self._api.core.list_namespaced_pod(
            self._namespace, field_selector=f"metadata.name={self.name}"
        ).items
        return next(iter(found), None)

    def _phase(self) -> str:
        pod = self._pod()
        return f"{pod.status.phase} {pod.status.reason or ''}".strip() if pod else "gone"

    def _waiting(self) -> Any | None:
        """What the container says it waits for (``reason``, ``message``) when it has not started."""
        pod = self._pod()
        statuses = (pod and pod.status.container_statuses) or ()
        return next((status.state.waiting for status in statuses if status.state.waiting), None)

    def _refuse_hopeless(self) -> None:
        waiting = self._waiting()
        if waiting and waiting.reason in HOPELESS:
            raise LoadTrouble(f"Locust's container does not start: {waiting.reason}: {waiting.message}")
        if self._phase().startswith(("Failed", "Succeeded", "gone")):
            raise LoadTrouble(f"Locust's pod is {self._phase()}; it said last: {self.log(tail=3)}")
