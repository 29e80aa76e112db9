"""The fault ``reissue_certificate``: keys change while users are connected, as each renewal changes them."""

import time
from collections.abc import Mapping
from typing import Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import validate_call

from slaharness.chaos.arguments import Limit, Name
from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.chaos.guard import permit
from slaharness.errors import NotYet
from slaharness.host.wait import until

__all__ = ["reissue_certificate"]

KIND = ("cert-manager.io", "v1")
#: How cert-manager is asked for a renewal: by whoever may change a Certificate's status.
ISSUING, READY = "Issuing", "Ready"


@fault(
    rights={"certificates.cert-manager.io": "get patch", "certificates.cert-manager.io/status": "patch"},
    target="certificates",
)
@validate_call(config={"strict": True})
def reissue_certificate(
    *, namespace: Name, name: Name, issuer: str = "", within: Limit = 120.0, secrets: Secrets = None
) -> dict[str, Any]:
    """Have cert-manager issue the Certificate ``name`` anew, and wait at most ``within`` s until it is there.

    With ``issuer`` it is from now on issued by the Issuer of that name: one whose certificates live for
    minutes, or in a rollback the one from before. Returns what was issued, with the event ``certificate
    issued`` and its revision; raises when the namespace is not allowed or there is no such Certificate.
    """
    api = core(secrets)
    permit(api, namespace)
    held = _Held(api, namespace, name)
    before, began = held.read(), time.time()
    held.ask(before, issuer)
    problems = []
    try:
        until(lambda: held.issued(before), within=within, every=0.5, what=f"{name} is issued anew")
    except NotYet as error:
        problems.append(str(error))
    ended, now = time.time(), held.read()
    died = [] if problems else [name]
    events = [{"at": ended, "name": "certificate issued", "detail": f"{name} {_revision(now)}"}]
    return {
        "namespace": namespace,
        "injected": began,
        "ended": ended,
        "matched": [{"name": name, "node": "no node"}],
        "died": died,
        "problems": problems,
        "events": events if died else [],
    }


class _Held:
    """One Certificate in the cluster."""

    def __init__(self, api: "client.CoreV1Api", namespace: str, name: str) -> None:
        self._api: Any = client.CustomObjectsApi(api.api_client)
        self._where = (*KIND, namespace, "certificates", name)

    def read(self) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = self._api.get_namespaced_custom_object(*self._where)
        except ApiException as error:
            namespace, name = self._where[2], self._where[4]
            raise ActivityFailed(
                f"Certificate {name} in {namespace} cannot be read: {error.status} {error.reason}; "
                f"see `kubectl -n {namespace} get certificates`"
            ) from error
        return found

    def ask(self, now: Mapping[str, Any], issuer: str) -> None:
        """Another issuer is reason enough; from the same one a renewal has to be asked for."""
        if issuer and issuer != now["spec"]["issuerRef"]["name"]:
            body: dict[str, Any] = {"spec": {"issuerRef": {"name": issuer}}}
            self._api.patch_namespaced_custom_object(*self._where, body)
            return
        wanted = {"type": ISSUING, "status": "True", "reason": "ManuallyTriggered", "message": "by a fault"}
        others = [one for one in _conditions(now) if one["type"] != ISSUING]
        self._api.patch_namespaced_custom_object_status(
            *self._where, {"status": {"conditions": [*others, wanted]}}
        )

    def issued(self, before: Mapping[str, Any]) -> bool:
        now = self.read()
        states = {one["type"]: one["status"] for one in _conditions(now)}
        over = states.get(READY) == "True" and states.get(ISSUING) != "True"
        return over and _revision(now) > _revision(before)


def _conditions(certificate: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = certificate.get("status", {}).get("conditions", [])
    return found


def _revision(certificate: Mapping[str, Any]) -> int:
    return int(certificate.get("status", {}).get("revision", 0))
