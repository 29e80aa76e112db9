"""One run at a time in a cluster, whatever machine, container or context it comes from: a Lease kept in it.

It is renewed while its holder lives. One that is not renewed for a minute is taken over. Times are the API
server's, since the clocks of two machines may differ by more than that.
"""

import datetime as dt
import os
import platform
import threading
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import NOT_FOUND, Api
from slaharness.errors import ClusterTrouble
from slaharness.host import interrupt

#: Where the Lease is: a namespace that every cluster has, and no stack of ours lives in.
NAMESPACE, NAME = "default", "slaharness-run"
#: Seconds without a renewal after which its holder counts as dead, and between two renewals.
LASTS, RENEWED = 60, 10
CONFLICT, FORBIDDEN = 409, 403


def me() -> str:
    """Who holds a lease, for people to find, and told apart from any other process."""
    return f"{platform.node()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


@contextmanager
def held(api: Api, where: str, holder: str, *, dead: Collection[str] = ()) -> Iterator[None]:
    """Hold the cluster's Lease for the body. ClusterTrouble names the holder when another has it.

    One that a ``dead`` holder has is taken over at once.
    """
    leases, over = client.CoordinationV1Api(api.client), threading.Event()
    _take(leases, where, holder, dead)
    keeper = threading.Thread(target=_keep, args=(leases, where, holder, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()
        release(api, holder)


def release(api: Api, holder: str) -> None:
    """Delete the Lease if ``holder`` has it, and nobody else's."""
    leases = client.CoordinationV1Api(api.client)
    if (found := _read(leases)) is None or found.spec.holder_identity != holder:
        return
    version: Any = {"preconditions": {"resourceVersion": found.metadata.resource_version}}
    try:
        leases.delete_namespaced_lease(NAME, NAMESPACE, body=version)
    except ApiException as error:
        if error.status not in {NOT_FOUND, CONFLICT}:
            raise


def _take(leases: Any, where: str, holder: str, dead: Collection[str]) -> None:
    try:
        body: dict[str, Any] = {
            "metadata": {"name": NAME, "namespace": NAMESPACE},
            "spec": _spec(holder, _now(leases)),
        }
        if (found := _read(leases)) is None:
            leases.create_namespaced_lease(NAMESPACE, body)
            return
        if found.spec.holder_identity not in dead and (holds := _holds(found, _now(leases))):
            raise ClusterTrouble(f"{where}: another run is on it ({holds}); try again when that has ended")
        body["metadata"]["resourceVersion"] = found.metadata.resource_version
        leases.replace_namespaced_lease(NAME, NAMESPACE, body)
    except ApiException as error:
        if error.status == CONFLICT:
            raise ClusterTrouble(
                f"{where}: another run began on it just now; try again when that has ended"
            ) from error
        if error.status == FORBIDDEN:
            raise ClusterTrouble(
                f"{where}: no right to hold the lease {NAMESPACE}/{NAME}, by which runs keep apart: "
                "`slaharness rights` says what is needed"
            ) from error
        raise


def _keep(leases: Any, where: str, holder: str, over: threading.Event) -> None:
    """Renew it until all is over. A renewal that fails is tried again; who lost it to another run ends.

    Two runs on one cluster would each take the other's load for what a killed one left.
    """
    while not over.wait(RENEWED):
        try:
            other = _renewed(leases, holder)
        except (ApiException, ClusterTrouble):
            continue
        if other and not over.is_set():
            interrupt.stop(
                f"{where}: another run ({other}) has taken it over, as this one did not renew it in time"
            )
            return


def _renewed(leases: Any, holder: str) -> str:
    """Renew it; name who else has it instead. One that somebody deleted is made again."""
    found, spec = _read(leases), _spec(holder, _now(leases))
    meta = {"name": NAME, "namespace": NAMESPACE}
    if found is None:
        leases.create_namespaced_lease(NAMESPACE, {"metadata": meta, "spec": spec})
        return ""
    if found.spec.holder_identity != holder:
        return str(found.spec.holder_identity)
    now = {"metadata": {"resourceVersion": found.metadata.resource_version}}
    leases.patch_namespaced_lease(NAME, NAMESPACE, {**now, "spec": {"renewTime": spec["renewTime"]}})
    return ""


def _spec(holder: str, now: dt.datetime) -> dict[str, Any]:
    text = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "holderIdentity": holder, "leaseDurationSeconds": LASTS, "acquireTime": text, "renewTime": text,
    }  # fmt: skip


def _holds(found: Any, now: dt.datetime) -> str:
    """Who holds it, and when it was renewed; "" when it is stale."""
    spec = found.spec
    if not spec.holder_identity or spec.renew_time is None:
        return ""
    age = (now - spec.renew_time).total_seconds()
    fresh = age <= (spec.lease_duration_seconds or LASTS)
    return f"{spec.holder_identity}, renewed {max(age, 0):.0f} s ago" if fresh else ""


def _read(leases: Any) -> Any | None:
    try:
        return leases.read_namespaced_lease(NAME, NAMESPACE)
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
        return None


def _now(leases: Any) -> dt.datetime:
    """The API server's time, to the second.

    With a fraction, as the server wants six digits, and the client writes none for a whole second.
    """
    _, _, headers = client.VersionApi(leases.api_client).get_code_with_http_info()
    said = headers.get("Date")
    now = parsedate_to_datetime(said) if said else dt.datetime.now(dt.UTC)
    return now.replace(microsecond=1)
