"""Credentials that are made with a deployment, and stand in no repository.

A Secret among the manifests names in an annotation the keys whose values are to be made. Secrets of one name
get the same values in every namespace. What a deployment has made stays until the stack goes.
"""

import base64
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from slaharness.cluster.api import Api

Object = Mapping[str, Any]
#: Its value: names of keys, with spaces between.
GENERATED = "slaharness.dev/generated"
#: Bytes of chance in each value.
LENGTH = 24


def filled(api: Api, objects: Iterable[Object]) -> tuple[Object, ...]:
    """The objects, with a value for each key that is to have one: that of the cluster, else a new one."""
    objects = tuple(objects)
    values: dict[tuple[str, str], str] = {}
    for body in filter(_keys, objects):
        found = api.get(body)
        if found and _keys(found):
            there = found.get("data") or {}
            for key in _keys(body):
                if there.get(key):
                    values.setdefault((body["metadata"]["name"], key), there[key])
    return tuple(_filled(body, values) if _keys(body) else body for body in objects)


def _filled(body: Object, values: dict[tuple[str, str], str]) -> Object:
    name = body["metadata"]["name"]
    made = {key: values.setdefault((name, key), value) for key, value in _fresh(body)}
    return {**body, "data": {**(body.get("data") or {}), **made}}


def _fresh(body: Object) -> Iterator[tuple[str, str]]:
    for key in _keys(body):
        yield key, base64.b64encode(secrets.token_urlsafe(LENGTH).encode()).decode()


def _keys(body: Object) -> list[str]:
    if body["kind"] != "Secret":
        return []
    return str((body["metadata"].get("annotations") or {}).get(GENERATED, "")).split()
