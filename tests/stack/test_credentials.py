"""Credentials are made with a deployment, once, and are the same wherever they are needed."""

import base64
from pathlib import Path
from typing import Any

import yaml
from fake_api import cluster, state

from slaharness.stack import credentials

__all__ = ["cluster", "state"]

ROOT = Path(__file__).parents[2]


def secret(namespace: str, *, generated: str = "access secret", **data: str) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": "store", "namespace": namespace}
    if generated:
        meta["annotations"] = {credentials.GENERATED: generated}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}


def test_values_are_made_the_same_in_each_namespace(cluster: Any) -> None:
    """The store and its users; each key has its own, and what nobody asked for stays as it is."""
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "store"}, "data": {"access": "x"}}
    one, two, other = credentials.filled(
        cluster.info.api(), [secret("application", region="ZXU="), secret("persistence"), config]
    )
    assert other == config
    assert one["data"]["region"] == "ZXU="
    assert one["data"]["access"] == two["data"]["access"] != one["data"]["secret"]
    assert len(base64.b64decode(one["data"]["secret"])) >= credentials.LENGTH


def test_two_deployments_have_different_ones(cluster: Any) -> None:
    """Who knows those of one cluster knows nothing of another."""
    (one,) = credentials.filled(cluster.info.api(), [secret("application")])
    (two,) = credentials.filled(cluster.info.api(), [secret("application")])
    assert one["data"] != two["data"]


def test_what_was_made_before_stays(cluster: Any) -> None:
    """Deploying again must not lock the store's users out; a namespace that lost its Secret gets the same."""
    api = cluster.info.api()
    (made,) = credentials.filled(api, [secret("application")])
    api.apply([made])
    again = credentials.filled(api, [secret("persistence"), secret("application")])
    assert [one["data"] for one in again] == [made["data"]] * 2


def test_an_older_secret_without_them_is_no_source(cluster: Any) -> None:
    """Nothing that was ever published is kept."""
    api, published = cluster.info.api(), dict.fromkeys(("access", "secret"), "b2xk")
    api.apply([secret("application", generated="", **published)])
    (one,) = credentials.filled(api, [secret("application")])
    assert "b2xk" not in one["data"].values()


def test_no_credential_of_the_stack_stands_in_the_repository() -> None:
    """Its generator holds none, so that Kustomize alone deploys a store that nobody can use."""
    text = (ROOT / "weather/deploy/base/credentials/kustomization.yaml").read_text()
    (made,) = yaml.safe_load(text)["secretGenerator"]
    assert made["literals"] == ["access=", "secret="]
    assert made["options"]["annotations"] == {credentials.GENERATED: "access secret"}
