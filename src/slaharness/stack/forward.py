"""A port-forward to a pod that ends whenever its user hangs up, whatever was still to be said.

The client library's own thread ends by an error then, and leaves the connection open; and of a Ctrl-C
while it connects it makes an error of the API server's.
"""

from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubernetes import client
from kubernetes.stream import portforward
from kubernetes.stream.ws_client import PortForward, create_websocket, get_websocket_url
from websocket import WebSocketException

from slaharness.cluster.api import Api
from slaharness.errors import StackTrouble


class Forward(PortForward):
    """One that leaves neither a thread nor a connection."""

    def _proxy(self) -> None:
        try:
            with suppress(OSError, ValueError, WebSocketException):
                super()._proxy()
        finally:
            for port in self.local_ports.values():
                port.python.close()
            self.websocket.shutdown()


def opened(api: Api, namespace: str, pod: str, port: int) -> Any:
    """A socket that leads to ``port`` of a pod. Raises StackTrouble when there is no way."""
    # A client of its own: for a port-forward the library changes how its client calls.
    core: Any = client.CoreV1Api(client.ApiClient(api.client.configuration))
    call = core.connect_get_namespaced_pod_portforward
    try:
        return _asked(call, pod, namespace, ports=str(port)).socket(port)
    except (OSError, WebSocketException) as error:
        raise StackTrouble(f"no port-forward to {port} of pod {namespace}/{pod}: {error}") from error


def _connected(configuration: Any, _method: str, url: str, **asked: Any) -> Forward:
    """What the library calls in place of HTTP, for one port."""
    address = get_websocket_url(url)
    return Forward(create_websocket(configuration, address, asked["headers"]), [_port(address)])


def _port(address: str) -> int:
    return int(parse_qs(urlsplit(address).query)["ports"][0])


_asked = partial(portforward.func, _connected, {"_preload_content": False})
