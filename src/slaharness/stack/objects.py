"""The stack's objects in a cluster, past the Kubernetes client's types, which call every field optional."""

from typing import Any

from slaharness.cluster.api import Api

#: On every namespace of the stack.
OURS = "slaharness.dev/stack=weather"


def items(answer: Any) -> list[Any]:
    """What a list call of the client returned."""
    return list(answer.items)


def namespaces(api: Api) -> list[str]:
    """Names of the stack's namespaces that are there."""
    return [found.metadata.name for found in items(api.core.list_namespace(label_selector=OURS))]


def volumes(api: Api) -> list[Any]:
    return items(api.core.list_persistent_volume())
