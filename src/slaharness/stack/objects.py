"""The stack's objects in a cluster, past the Kubernetes client's types, which call every field optional."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from slaharness.cluster.api import Api

#: On every namespace that was made for a stack, whose value is the stack's name; and what it was deployed
#: from: a profile or an overlay.
STACK, PROFILE = "slaharness.dev/stack", "slaharness.dev/profile"
#: On all that the stack is made of, pods too; its value is the stack's name.
PART_OF = "app.kubernetes.io/part-of"


class Kind(NamedTuple):
    """A kind of object that the client has no types for, or that we meet only by its label."""

    version: str
    name: str


def items(answer: Any) -> list[Any]:
    """What a list call of the client returned."""
    return list(answer.items)


def namespaces(api: Api, stack: str) -> list[str]:
    """Names of the namespaces that were made for the stack and are there."""
    return [
        found.metadata.name for found in items(api.core.list_namespace(label_selector=f"{STACK}={stack}"))
    ]


def present(api: Api, names: Iterable[str]) -> list[str]:
    """Which of these namespaces are there, whoever made them."""
    there = {found.metadata.name for found in items(api.core.list_namespace())}
    return [name for name in names if name in there]


def profiles(api: Api, stack: str) -> set[str]:
    """What the stack's namespaces were deployed from: one name, unless two were put over each other."""
    found = items(api.core.list_namespace(label_selector=f"{STACK}={stack}"))
    return {(one.metadata.annotations or {}).get(PROFILE, "unknown") for one in found}


def labelled(api: Api, kind: Kind, stack: str) -> list[dict[str, Any]]:
    """Objects of the stack of one kind, in any namespace or none, as plain dictionaries."""
    return api.listed(kind.version, kind.name, f"{PART_OF}={stack}")


def place(body: Mapping[str, Any]) -> str:
    """``namespace/name`` of a plain object."""
    return f"{body['metadata']['namespace']}/{body['metadata']['name']}"


def ready(body: Mapping[str, Any]) -> bool:
    """Whether a plain object's condition Ready is True."""
    conditions = body.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def volumes(api: Api) -> list[Any]:
    return items(api.core.list_persistent_volume())
