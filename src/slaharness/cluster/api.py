"""One Kubernetes API as the holder of a kubeconfig context sees it: apply, delete, reach a pod over HTTP."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import requests
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ResourceNotFoundError
from urllib3.exceptions import HTTPError

from slaharness.cluster import credentials
from slaharness.cluster.kubeconfig import reach
from slaharness.cluster.session import Session
from slaharness.errors import ClusterTrouble
from slaharness.host.unreachable import why

#: Who we are in managedFields.
FIELD_MANAGER = "slaharness"
NOT_FOUND, CONFLICT = 404, 409
#: Seconds to connect, and for an answer: without them a call waits for a dead API server for ever.
PATIENCE = (5.0, 60.0)


class Refused(ApiException, ClusterTrouble):
    """The API server said no, in one line."""

    def __init__(self, error: ApiException) -> None:
        super().__init__(status=error.status, reason=error.reason)
        self.body, self.headers = error.body, error.headers

    def __str__(self) -> str:
        return f"the API server refused: {self.status} {self.reason}: {_message(str(self.body or ''))}"


def _message(body: str) -> str:
    """The words of the API server's Status; of what is none, as a proxy's page, the beginning."""
    with suppress(ValueError, LookupError, TypeError):
        body = str(json.loads(body)["message"])
    return " ".join(body.split())[:400]


class _Client(client.ApiClient):
    """The client library's, with limits on every call and errors that are ours too."""

    def call_api(self, method: str, url: str, *rest: Any, **options: Any) -> Any:
        options["_request_timeout"] = options.get("_request_timeout") or PATIENCE
        try:
            return super().call_api(method, url, *rest, **options)
        except HTTPError as error:
            raise ClusterTrouble(f"no answer from the API server to {method} {url}: {why(error)}") from error

    def response_deserialize(self, *answer: Any, **options: Any) -> Any:
        try:
            return super().response_deserialize(*answer, **options)
        except ApiException as error:
            raise Refused(error) from error
        except ValueError as error:  # a login page, a proxy's word of its own
            said = " ".join(str(error).split())[:200]
            raise ClusterTrouble(
                f"{self.configuration.host} answers as no Kubernetes API does: {said}"
            ) from error


@dataclass(frozen=True)
class Endpoint:
    """A port of a Service or Pod, reached through the API server: it works from wherever the API does."""

    url: str
    session: requests.Session


class Api:
    """Typed clients (``core``, ``apps``, ``rbac``) and the few verbs that the harness needs of any object."""

    def __init__(self, kubeconfig: Path, context: str) -> None:
        """Raise BadInput when the kubeconfig or the context is not there."""
        self.kubeconfig, self.context = kubeconfig, context
        self.reach = reach([kubeconfig], context)
        self._scratch = credentials.scratch_folder(kubeconfig, context)
        self.client = _Client(credentials.configuration(kubeconfig, context, self.reach, self._scratch))

    @cached_property
    def core(self) -> "client.CoreV1Api":
        return client.CoreV1Api(self.client)

    @cached_property
    def apps(self) -> "client.AppsV1Api":
        return client.AppsV1Api(self.client)

    @cached_property
    def rbac(self) -> "client.RbacAuthorizationV1Api":
        return client.RbacAuthorizationV1Api(self.client)

    @cached_property
    def dynamic(self) -> DynamicClient:
        return DynamicClient(self.client, cache_file=f"{self._scratch}/discovery.json")

    def apply(self, objects: Iterable[Mapping[str, Any]]) -> None:
        """Server-side apply, one object after the other, as field manager ``slaharness``."""
        for body in objects:
            meta = body["metadata"]
            try:
                self._resource(body).server_side_apply(
                    body=dict(body), namespace=meta.get("namespace"), field_manager=FIELD_MANAGER,
                    force_conflicts=True,
                )  # fmt: skip
            except ApiException as error:
                raise Refused(error) from error

    def delete(self, objects: Iterable[Mapping[str, Any]], *, grace: int | None = None) -> None:
        """Delete the objects; those already gone are no trouble.

        One that is given with its ``uid`` is deleted only if it has that: a later one of its name stays.
        """
        for body in objects:
            meta = body["metadata"]
            options: dict[str, Any] = {"propagationPolicy": "Background"}
            options |= {} if grace is None else {"gracePeriodSeconds": grace}
            options |= {"preconditions": {"uid": meta["uid"]}} if meta.get("uid") else {}
            try:
                self._resource(body).delete(name=meta["name"], namespace=meta.get("namespace"), body=options)
            except ResourceNotFoundError:  # its kind went, and all of that kind with it
                continue
            except ApiException as error:
                if error.status != NOT_FOUND and not (meta.get("uid") and error.status == CONFLICT):
                    raise Refused(error) from error

    def listed(
        self, version: str, kind: str, selector: str = "", namespace: str = ""
    ) -> list[dict[str, Any]]:
        """Objects of any kind in one namespace or all, none when the API does not know the kind."""
        try:
            found: Any = self.dynamic.resources.get(api_version=version, kind=kind).get(
                namespace=namespace or None, label_selector=selector
            )
        except ResourceNotFoundError:
            return []
        except ApiException as error:
            if error.status != NOT_FOUND:
                raise Refused(error) from error
            return []
        # Members of a list do not say what they are.
        return [{"apiVersion": version, "kind": kind, **one} for one in found.to_dict()["items"]]

    def knows(self, version: str, kind: str) -> bool:
        """Whether this cluster has objects of that kind."""
        try:
            self.dynamic.resources.get(api_version=version, kind=kind)
        except ResourceNotFoundError:
            return False
        return True

    def patch(self, body: Mapping[str, Any], change: Mapping[str, Any]) -> None:
        """Merge ``change`` into an object; one that is gone is no trouble."""
        meta = body["metadata"]
        try:
            self._resource(body).patch(
                name=meta["name"], namespace=meta.get("namespace"), body=dict(change),
                content_type="application/merge-patch+json",
            )  # fmt: skip
        except ApiException as error:
            if error.status != NOT_FOUND:
                raise Refused(error) from error

    def there(self, objects: Iterable[Mapping[str, Any]]) -> list[str]:
        """Which of the objects still exist, also those that are being deleted, as ``kind name``."""
        return [f"{body['kind']} {body['metadata']['name']}" for body in objects if self._exists(body)]

    def _exists(self, body: Mapping[str, Any]) -> bool:
        return self.get(body) is not None

    def get(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The object as it is in the cluster, as plain data; None when it, or its kind, is not there."""
        meta = body["metadata"]
        try:
            found: Any = self._resource(body).get(name=meta["name"], namespace=meta.get("namespace"))
        except ResourceNotFoundError:
            return None
        except ApiException as error:
            if error.status != NOT_FOUND:
                raise Refused(error) from error
            return None
        data: dict[str, Any] = found.to_dict()
        return data

    def endpoint(self, namespace: str, name: str, port: int, *, kind: str = "services") -> Endpoint:
        """An HTTP port of ``kind`` ``services`` or ``pods``, through the API server's proxy."""
        host = self.client.configuration.host
        return Endpoint(
            f"{host}/api/v1/namespaces/{namespace}/{kind}/{name}:{port}/proxy", Session(self.client)
        )

    def _resource(self, body: Mapping[str, Any]) -> Any:
        return self.dynamic.resources.get(api_version=body["apiVersion"], kind=body["kind"])
