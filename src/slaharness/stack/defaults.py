"""Passwords that everybody tries first, looked for among manifests: they stay on a cluster of our own.

There nobody else gets in. Anywhere else, what ships with a product or stands in its manual opens the door.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slaharness.cluster.provider import Capability, ClusterInfo
from slaharness.errors import BadInput
from slaharness.stack.credentials import GENERATED

Object = Mapping[str, Any]
#: What products come with, and what people put there for the time being; compared without case.
KNOWN = frozenset({
    "1234", "12345", "123456", "12345678", "admin", "admin123", "adminadmin", "administrator", "adminpass",
    "change-me", "change_me", "changeit", "changeme", "default", "demo", "example", "guest", "letmein",
    "minio123", "minioadmin", "pass", "passw0rd", "password", "password123", "prom-operator", "root",
    "nobody-else-can-reach-this-cluster",  # of our own example
    "rootpassword", "s3cr3t", "secret", "secretpassword", "test", "test123", "toor", "user",
})  # fmt: skip
#: Names of what nobody else is to know; who somebody is may be known.
SECRET = re.compile(r"pass|pwd|secret|token|credential|(access|api)[-_.]?key(?![-_.]?id)", re.IGNORECASE)
WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Held:
    """One credential: what it is called, its value, and the words around it in any case."""

    name: str
    value: str
    around: frozenset[str]

    @property
    def guessed(self) -> bool:
        """Whether it is what everybody tries first: a known default, or the name of what it opens."""
        tried = self.value.lower() in KNOWN | self.around
        return tried and bool(self.value) and bool(SECRET.search(self.name))


def refuse(cluster: ClusterInfo, objects: Iterable[Object]) -> None:
    """Raise BadInput for the first credential that is easily guessed, on a cluster that is not ours."""
    if Capability.OURS in cluster.capabilities:
        return
    for body in objects:
        for one in filter(lambda held: held.guessed, _credentials(body)):
            meta = {"namespace": "default", **body["metadata"]}
            raise BadInput(
                f"{body['kind']} {meta['namespace']}/{meta['name']}: {one.name} is {one.value!r}, "
                f"which everybody tries first, and cluster {cluster.name} is not ours alone: nothing was "
                f"deployed; give it a value of its own, or a Secret with the annotation {GENERATED}"
            )


def _credentials(body: Object) -> Iterator[Held]:
    """What a Secret holds, or the object gives its containers."""
    if body["kind"] == "Secret":
        encoded = {name: _text(value) for name, value in (body.get("data") or {}).items()}
        yield from _held(body["metadata"]["name"], encoded | (body.get("stringData") or {}))
    else:
        yield from _given(body.get("spec"))


def _held(where: str, values: Mapping[str, str]) -> Iterator[Held]:
    for name, value in values.items():
        users = {other.lower() for key, other in values.items() if not SECRET.search(key)}
        words = {word for said in (where, *values) for word in WORD.findall(said.lower())}
        yield Held(name, value, frozenset(users | words))


def _given(spec: Any) -> Iterator[Held]:
    """Values that stand in the environment of containers, wherever in the object those are."""
    match spec:
        case {"env": list(variables), **rest}:
            told = [one for one in variables if isinstance(one, dict) and isinstance(one.get("value"), str)]
            where = f"{rest.get('name', '')} {rest.get('image', '')}"
            yield from _held(where, {str(one.get("name")): one["value"] for one in told})
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
