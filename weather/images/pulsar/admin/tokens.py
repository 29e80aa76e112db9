"""``tokens.py``: make this deployment's own key and the tokens signed with it, once, as Secrets.

The work of a Kubernetes Job. NAMESPACE=ROLE[,ROLE…] words say whose tokens go where, each set into a Secret
called ``pulsar-tokens``; the key itself and the broker's own go where this runs. What is there already stays.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
NAME = "pulsar-tokens"
BROKER = "admin"
CONFLICT, MISSING = 409, 404


def token(key: bytes, role: str) -> str:
    """A JSON web token for ``role``, good for as long as the key is (RFC 7519, HS256)."""
    head, body = (_word(json.dumps(one).encode()) for one in ({"alg": "HS256"}, {"sub": role}))
    signed = f"{head}.{body}"
    return f"{signed}.{_word(hmac.digest(key, signed.encode(), hashlib.sha256))}"


def _word(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Api:
    """As much of Kubernetes as this needs: the pod's own account, and Secrets."""

    def __init__(self) -> None:
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        self._url = f"https://{host}:{port}/api/v1/namespaces"
        self._trust = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
        self._token = (ACCOUNT / "token").read_text()

    def read(self, namespace: str) -> dict[str, bytes] | None:
        """What the Secret there holds; None where there is none."""
        try:
            found = self._ask("GET", f"{namespace}/secrets/{NAME}")
        except urllib.error.HTTPError as error:
            if error.code != MISSING:
                raise
            return None
        return {name: base64.b64decode(value) for name, value in found["data"].items()}

    def make(self, namespace: str, held: Mapping[str, bytes]) -> None:
        """Make it, unless it is there already."""
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": "pulsar"}},
            "data": {name: base64.b64encode(value).decode() for name, value in held.items()},
        }
        try:
            self._ask("POST", f"{namespace}/secrets", body)
        except urllib.error.HTTPError as error:
            if error.code != CONFLICT:
                raise

    def add(self, namespace: str, held: Mapping[str, bytes]) -> None:
        """Put into the one that is there what it lacks."""
        body = {"data": {name: base64.b64encode(value).decode() for name, value in held.items()}}
        self._ask("PATCH", f"{namespace}/secrets/{NAME}", body)

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - https only
            f"{self._url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/merge-patch+json" if method == "PATCH" else "application/json",
            },
        )
        with urllib.request.urlopen(request, context=self._trust, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


def hand_out(api: Api, home: str, roles: Mapping[str, list[str]]) -> None:
    """Make the key where there is none, each namespace's tokens of it, and at home those of new roles."""
    if (held := api.read(home)) is None:
        key = secrets.token_bytes(32)
        own = {role: token(key, role).encode() for role in [BROKER, *roles.get(home, [])]}
        api.make(home, {"key": key, **own})
        held = api.read(home) or {}  # another pod of this Job may have been quicker
    if lacking := [role for role in roles.get(home, []) if role not in held]:
        api.add(home, {role: token(held["key"], role).encode() for role in lacking})
    for namespace, names in roles.items():
        if namespace != home:
            api.make(namespace, {role: token(held["key"], role).encode() for role in names})


def parse(words: Iterable[str]) -> dict[str, list[str]]:
    """Read NAMESPACE=ROLE[,ROLE…] words; a namespace may come again."""
    roles: dict[str, list[str]] = {}
    for space, names in (word.split("=") for word in words):
        roles.setdefault(space, []).extend(names.split(","))
    return roles


def main() -> None:
    """Read the words, hand out, say how many."""
    roles = parse(sys.argv[1:])
    hand_out(Api(), os.environ["NAMESPACE"], roles)
    print(f"tokens are in {', '.join(roles)}")  # noqa: T201


if __name__ == "__main__":
    main()
