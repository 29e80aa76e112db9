"""A password that everybody knows is for a cluster that nobody else reaches."""

import base64
from dataclasses import replace
from typing import Any
from unittest.mock import MagicMock

import pytest
from fake_api import cluster, state

from slaharness.cluster.provider import Capability, ClusterInfo
from slaharness.errors import BadInput
from slaharness.stack import defaults, deploy
from slaharness.stack.manifests import Manifests

__all__ = ["cluster", "state"]

META = {"name": "db", "namespace": "data"}


def encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def secret(**more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": META, **more}


def pod(kind: str, *env: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": [{"name": "db", "env": list(env)}]}
    if kind != "Pod":
        spec = {"template": {"spec": spec}}
    if kind == "CronJob":
        spec = {"jobTemplate": {"spec": spec}}
    return {"kind": kind, "metadata": META, "spec": spec}


@pytest.fixture
def theirs(cluster: Any) -> ClusterInfo:
    return replace(cluster.info, name="staging", capabilities=frozenset({Capability.LOAD_IMAGES}))


KNOWN = [
    secret(stringData={"password": "changeme"}),
    secret(data={"ROOT_PASSWORD": encoded("MinioAdmin")}),
    secret(data={"secret": encoded("changeme\n")}),
    secret(stringData={"username": "joe", "password": "Joe"}),
    {**secret(stringData={"password": "cassandra"}), "metadata": {**META, "name": "cassandra-superuser"}},
    pod("StatefulSet", {"name": "POSTGRES_PASSWORD", "value": "postgres"}),
    pod("CronJob", {"name": "AWS_SECRET_ACCESS_KEY", "value": "minioadmin"}),
    pod("Pod", {"name": "USER", "value": "admin"}, {"name": "API_KEY", "value": "test"}),
]
#: Who somebody is may be known; what is generated is not there yet; and a word is one in its own place only.
FINE = [
    secret(stringData={"username": "admin", "password": "c8mQ-1v"}),
    secret(data={"access": "", "secret": ""}),
    secret(data={"password": "no base64!", "token": base64.b64encode(b"\xff\xfe").decode()}),
    pod("Deployment", {"name": "ROLE", "value": "admin"}, {"name": "PASSWORD", "valueFrom": {}}),
    pod("Deployment", {"name": "AWS_ACCESS_KEY_ID", "value": "db"}, {"name": "TOKEN", "value": "/tokens/db"}),
    {"kind": "ConfigMap", "metadata": META, "data": {"password": "admin"}},
]


@pytest.mark.parametrize("body", KNOWN, ids=repr)
def test_a_known_default_never_leaves_a_cluster_of_our_own(theirs: ClusterInfo, body: dict[str, Any]) -> None:
    """Wherever it stands: the line says where, and that nothing was deployed."""
    with pytest.raises(
        BadInput, match=r"^\w+ data/[a-z-]+: .*everybody tries first.* staging .*nothing was deployed"
    ):
        defaults.refuse(theirs, [FINE[0], body])


@pytest.mark.parametrize("body", KNOWN, ids=repr)
def test_on_a_cluster_of_our_own_it_does_no_harm(cluster: Any, body: dict[str, Any]) -> None:
    """An example stays one file."""
    ours = replace(cluster.info, capabilities=frozenset({Capability.OURS}))
    defaults.refuse(ours, [body])


@pytest.mark.parametrize("body", FINE, ids=repr)
def test_what_is_no_known_password_is_deployed(theirs: ClusterInfo, body: dict[str, Any]) -> None:
    """A refusal in vain would have people look for a way around it."""
    defaults.refuse(theirs, [body])


def test_it_is_refused_before_anything_is_changed(
    theirs: ClusterInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, as any bad input: the cluster has heard of nothing."""
    rendered = Manifests((KNOWN[0],))
    monkeypatch.setattr(deploy.rendered, "render", lambda *_, **__: rendered)
    for step in ("make", "deliver", "platform"):
        monkeypatch.setattr(deploy.images, step, lambda *_, **__: ())
    monkeypatch.setattr(deploy.inventory, "claim", lambda *_: pytest.fail("the cluster was asked"))
    with pytest.raises(BadInput, match="password is 'changeme'") as told:
        deploy.deploy(theirs, MagicMock(), MagicMock())
    assert "\n" not in str(told.value)
    assert told.value.exit_code == 4
