"""HTTPS of a Service, verified: the API server's own proxy would take whoever answers.

Requests go through a port-forward to one of its ready pods, and to nobody for whom no authority of the stack
vouches under the Service's name.
"""

import socket
import ssl
from base64 import b64decode
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection

from slaharness.cluster.api import Api, Endpoint
from slaharness.errors import StackTrouble
from slaharness.stack import forward
from slaharness.stack.objects import items
from slaharness.stack.pods import is_ready
from slaharness.stack.protocol import Authorities, Entry
from slaharness.stack.reach import PORTS, SERVICE

#: Seconds to connect.
PATIENCE = 5.0


def can(entry: Entry) -> bool:
    """Whether it is HTTPS of a Service, and it is told by whom to verify it."""
    parts = urlsplit(entry.url)
    return bool(entry.authorities and parts.scheme == "https" and SERVICE.fullmatch(parts.hostname or ""))


def endpoint(api: Api, entry: Entry, namespace: str) -> Endpoint:
    """What ``can`` is true of; ``namespace`` is the load's, where the authorities are.

    Raises StackTrouble when these, or (with the first request) a ready pod, are not there.
    """
    return _endpoint(api, entry, namespace, lambda: forward.opened(api, *_behind(api, entry)[0]))


def endpoints(api: Api, entry: Entry, namespace: str) -> list[Endpoint]:
    """One for each of its ready pods: what one of them serves says nothing of another.

    Raises StackTrouble when there is none, or no authorities.
    """
    return [
        _endpoint(api, entry, namespace, partial(forward.opened, api, *one)) for one in _behind(api, entry)
    ]


def _endpoint(api: Api, entry: Entry, namespace: str, opened: Callable[[], Any]) -> Endpoint:
    context = ssl.create_default_context()
    if entry.authorities:
        context = ssl.create_default_context(cadata=trusted(api, entry.authorities, namespace))
    return Endpoint(entry.url.rstrip("/"), session(context, opened))


def trusted(api: Api, authorities: Authorities, namespace: str) -> str:
    """The certificates (PEM). Raises StackTrouble when there are none yet."""
    where = {"name": authorities.name, "namespace": namespace}
    found = api.get({"apiVersion": "v1", "kind": authorities.kind, "metadata": where}) or {}
    text = str((found.get("data") or {}).get(authorities.key, ""))
    if not text:
        raise StackTrouble(
            f"no certificates yet in {authorities.kind} {namespace}/{authorities.name} ({authorities.key})"
        )
    return b64decode(text).decode() if authorities.kind == "Secret" else text


def session(context: ssl.SSLContext, opened: Callable[[], Any]) -> requests.Session:
    """One whose HTTPS goes over what ``opened`` gives: a connected socket for each connection."""
    made = requests.Session()
    made.trust_env = False
    made.headers["Connection"] = "close"  # nobody ends a way that is kept for a next request
    made.mount("https://", _Adapter(context, opened))
    return made


class _Adapter(HTTPAdapter):
    """Verified by a context, connected by whoever was given."""

    def __init__(self, context: ssl.SSLContext, opened: Callable[[], Any]) -> None:
        self._context, self._opened = context, opened
        super().__init__()

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: Any, **__: Any
    ) -> HTTPSConnectionPool:
        opened, parts = self._opened, urlsplit(str(request.url))

        class Opened(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                made: socket.socket = opened()
                made.settimeout(PATIENCE)
                return made

        pool = HTTPSConnectionPool(str(parts.hostname), parts.port, ssl_context=self._context)
        pool.ConnectionCls = Opened
        return pool

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """The context has been told whom to trust."""


def _behind(api: Api, entry: Entry) -> list[tuple[str, str, int]]:
    """Its Service's ready pods: namespace, name and port of each. Raises StackTrouble when there is none."""
    parts = urlsplit(entry.url)
    name, namespace = str(parts.hostname).split(".")[:2]
    port, core = parts.port or PORTS["https"], api.core
    spec: Any = core.read_namespaced_service(name, namespace).spec
    wanted = next((one.target_port for one in spec.ports if one.port == port), None)
    selector = ",".join(f"{key}={value}" for key, value in (spec.selector or {}).items())
    pods = items(core.list_namespaced_pod(namespace, label_selector=selector))
    ready = [one for one in pods if is_ready(one)]
    if wanted is None or not ready:
        raise StackTrouble(f"Service {namespace}/{name} has no port {port}, or no ready pod behind it")
    return [(namespace, one.metadata.name, _number(one, wanted)) for one in ready]


def _number(pod: Any, wanted: int | str) -> int:
    """The port that a Service means by a number, or by the name that its pods have for it."""
    if isinstance(wanted, int):
        return wanted
    ports = [one for container in pod.spec.containers for one in container.ports or ()]
    return int(next(one.container_port for one in ports if one.name == wanted))
