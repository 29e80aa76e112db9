"""The Kubernetes API as a pod's own service account reaches it; the standard library is all there is here."""

import http.client
import json
import os
import ssl
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
ANSWER_WITHIN = 5.0


def connection() -> http.client.HTTPSConnection:
    """A connection that is made when it is first used, and again after it was closed."""
    trust = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"])
    return http.client.HTTPSConnection(host, port, timeout=ANSWER_WITHIN, context=trust)


def listed(path: str, api: http.client.HTTPSConnection) -> list[dict[str, Any]]:
    """All objects of a collection as the API server last heard. Raises OSError or HTTPException."""
    # The token is renewed on disk; version 0 is answered from the API server's cache.
    token = (ACCOUNT / "token").read_text()
    path = f"{path}?resourceVersion=0"
    api.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    answer = api.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise http.client.HTTPException(f"{path}: {answer.status} {body[:200]!r}")
    items: list[dict[str, Any]] = json.loads(body)["items"]
    return items
