"""Passwords that everybody tries first, looked for among manifests: they stay on a cluster of our own.

There nobody else gets in. Anywhere else, what ships with a product or stands in its manual opens the door.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from slaharness.cluster.provider import Capability, ClusterInfo
from slaharness.errors import BadInput
from slaharness.stack.credentials import GENERATED

Object = Mapping[str, Any]
#: What products come with, and what people put there for the time being; compared without case.
KNOWN = frozenset({
    "1234", "12345", "123456", "12345678", "admin", "admin123", "adminadmin", "administrator", "adminpass",
    "cassandra", "change-me", "change_me", "changeit", "changeme", "default", "demo", "elastic", "example",
    "grafana", "guest", "keycloak", "letmein", "minio", "minio123", "minioadmin", "mongo", "mysql", "neo4j",
    "pass", "passw0rd", "password", "password123", "postgres", "postgresql", "prom-operator", "pulsar",
    "rabbitmq", "redis", "root", "rootpassword", "s3cr3t", "secret", "secretpassword", "sonar", "test",
    "test123", "toor", "user",
})  # fmt: skip
#: Names of what nobody else is to know.
SECRET = re.compile(r"pass|pwd|secret|token|credential|(access|api)[-_.]?key", re.IGNORECASE)


def refuse(cluster: ClusterInfo, objects: Iterable[Object]) -> None:
    """Raise BadInput for the first credential that is a known default, on a cluster that is not ours."""
    if Capability.OURS in cluster.capabilities:
        return
    for body in objects:
        for name, value in _secrets(body):
            if SECRET.search(name) and value.lower() in KNOWN:
                meta = body["metadata"]
                raise BadInput(
                    f"{body['kind']} {meta.get('namespace', 'default')}/{meta['name']}: {name} is {value!r}, "
                    f"which everybody tries first, and cluster {cluster.name} is not ours alone: nothing was "
                    f"deployed; give it a value of its own, or a Secret with the annotation {GENERATED}"
                )


def _secrets(body: Object) -> Iterator[tuple[str, str]]:
    """Names and values of what the object holds, or gives its containers."""
    if body["kind"] == "Secret":
        yield from ((name, _text(value)) for name, value in (body.get("data") or {}).items())
        yield from (body.get("stringData") or {}).items()
    else:
        yield from _given(body.get("spec"))


def _given(spec: Any) -> Iterator[tuple[str, str]]:
    """Values that stand in the environment of containers, wherever in the object those are."""
    match spec:
        case {"env": list(variables), **rest}:
            for one in variables:
                if isinstance(one, dict) and isinstance(one.get("value"), str):
                    yield str(one.get("name")), one["value"]
            yield from _given(rest)
        case dict():
            for inner in spec.values():
                yield from _given(inner)
        case list():
            for inner in spec:
                yield from _given(inner)


def _text(value: object) -> str:
    try:
        return base64.b64decode(str(value)).decode().strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""
