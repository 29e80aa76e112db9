"""HTTP through the API server's proxy, by the same connections and with the same credential as typed calls.

The Kubernetes client knows CA, client certificate, server name and proxy of a kubeconfig, and when its token
has to be made again. A session that took those over one by one would forget the next one.
"""

from collections.abc import Mapping
from typing import Any

import requests
from kubernetes import client
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import PoolManager
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.proxy import connection_requires_http_tunnel


class Session(requests.Session):
    """A session whose requests go over a Kubernetes client's connections, each with its credential of now."""

    def __init__(self, api: client.ApiClient) -> None:
        self._pool: PoolManager = api.rest_client.pool_manager
        super().__init__()
        self.auth = _Credential(api.configuration)
        self.trust_env = False

    def mount(self, prefix: str | bytes, adapter: Any) -> None:
        """Whoever mounts an adapter for its retries keeps our connections."""
        super().mount(prefix, _Adapter(self._pool, adapter.max_retries))


class _Credential(AuthBase):
    """The client's credential, asked for anew with each request: tokens of some clouds last 15 minutes."""

    def __init__(self, settings: client.Configuration) -> None:
        self._settings = settings

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        wanted: Mapping[str, Any] = self._settings.auth_settings()
        for one in wanted.values():
            request.headers[one["key"]] = one["value"]
        return request


class _Adapter(HTTPAdapter):
    """Sends over connections that are there already."""

    def __init__(self, pool: PoolManager, retries: Any) -> None:
        self._pool = pool
        super().__init__(max_retries=retries)

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_: Any, **__: Any
    ) -> HTTPConnectionPool:
        return self._pool.connection_from_url(str(request.url))

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """The connections have been told whom to trust."""

    def request_url(self, request: requests.PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """An HTTP proxy without a tunnel has to be told the whole address."""
        pool = self._pool
        if pool.proxy and not connection_requires_http_tunnel(
            pool.proxy, pool.proxy_config, _scheme(request)
        ):
            return str(request.url)
        return super().request_url(request, proxies)


def _scheme(request: requests.PreparedRequest) -> str:
    return str(request.url).partition(":")[0]
