"""Objects as the Kubernetes client gives them, and an Api that holds some."""

from types import SimpleNamespace

import pytest
from fake_api import cluster, state
from kubernetes.client.exceptions import ApiException

__all__ = ["cluster", "state"]


def plain(value):
    """Nested dictionaries as objects: what is not given is None, as in the client."""
    if isinstance(value, dict):
        return Object({key: plain(inner) for key, inner in value.items()})
    return [plain(inner) for inner in value] if isinstance(value, list) else value


class Object(SimpleNamespace):
    def __init__(self, fields):
        super().__init__(**fields)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)


@pytest.fixture
def thing():
    return plain


@pytest.fixture
def pod():
    """Make a pod with one container in the given state."""

    def make(name, *, ready, state, phase="Running"):
        status = {"name": "main", "ready": ready, "restart_count": 2, "state": state, "last_state": {}}
        conditions = [{"type": "Ready", "status": str(ready)}]
        return plain(
            {
                "metadata": {"name": name, "namespace": "application"},
                "status": {"phase": phase, "conditions": conditions, "container_statuses": [status]},
            }
        )

    return make


class Holding:
    """An Api over lists of objects: ``held`` maps the client's method to what it answers."""

    def __init__(self, **held):
        self.held, self.logs = held, "line one\nline two"
        self.client = SimpleNamespace(sanitize_for_serialization=repr)
        self.core = self.apps = self.rbac = self

    def __getattr__(self, name):
        if name not in self.held:
            raise ApiException(status=404, reason=f"Not Found: {name}")
        answer = self.held[name]
        if isinstance(answer, list):
            return lambda *_, **__: SimpleNamespace(items=answer)
        return lambda *_, **__: answer

    def read_namespaced_pod_log(self, *_, **__):
        return self.logs


@pytest.fixture
def holding():
    return Holding
