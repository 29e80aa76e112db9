"""What the component adds to the profile `streaming`, rendered by the real Kustomize."""

from pathlib import Path

import pytest
import yaml
from parts import WEATHER

from slaharness.settings import read as settings
from slaharness.stack import manifests

pytestmark = pytest.mark.live

DEPLOY = WEATHER / "deploy"


@pytest.fixture(scope="module")
def rendered():
    """Objects by kind, namespace and name; generated names without their hashes."""
    stack = settings.load(Path(__file__).parents[3]).stack
    text = manifests.render(DEPLOY / "profiles" / "streaming", stack).text()
    found = {}
    for one in yaml.safe_load_all(text):
        meta = one["metadata"]
        found[one["kind"], meta.get("namespace", ""), meta["name"]] = one
    return found


def container(rendered, kind, namespace, name):
    return rendered[kind, namespace, name]["spec"]["template"]["spec"]["containers"][0]


def test_topics_and_tokens_come_from_the_jobs_that_there_are(rendered):
    """What the profile has stays as it is."""
    assert container(rendered, "Job", "streaming", "topics")["command"][-2:] == [
        "/topics/topics.json",
        "/topics/alerts.json",
    ]
    (topics,) = [one for (kind, _, name), one in rendered.items() if kind == "ConfigMap" and "topics" in name]
    assert set(topics["data"]) == {"topics.json", "alerts.json"}
    words = container(rendered, "Job", "streaming", "tokens")["args"]
    assert words == ["streaming=lake,readback", "persistence=cdc", "streaming=flink", "application=notify"]


def test_its_bucket_is_its_own(rendered):
    """An account for it alone, whose secret both namespaces have and no file."""
    job = container(rendered, "Job", "objectstore", "accounts")
    assert job["args"] == ["lake:readback", "flink"]
    assert {"SECRET_lake", "SECRET_readback", "SECRET_flink"} <= {one["name"] for one in job["env"]}
    for role in ("jobmanager", "taskmanager"):
        env = {one["name"]: one for one in container(rendered, "Deployment", "streaming", role)["env"]}
        assert env["AWS_ACCESS_KEY_ID"]["value"] == env["BUCKET"]["value"] == "flink"
        assert "secretKeyRef" in env["AWS_SECRET_ACCESS_KEY"]["valueFrom"]


def test_what_it_is_called_is_what_prometheus_looks_for(rendered):
    """The label of its pods, in the namespace that is said."""
    targets = rendered["Deployment", "observability", "prometheus"]["spec"]["template"]["spec"]["containers"][
        1
    ]
    for role in ("jobmanager", "taskmanager"):
        assert f"{role}=streaming/{role}:9249" in targets["args"]
        labels = rendered["Deployment", "streaming", role]["spec"]["template"]["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == role


def test_both_may_use_configmaps_and_nothing_else(rendered):
    """They find each other by them; of Secrets they have what is mounted."""
    (rule,) = rendered["Role", "streaming", "flink"]["rules"]
    assert rule["resources"] == ["configmaps"]
    for role in ("jobmanager", "taskmanager"):
        assert (
            rendered["Deployment", "streaming", role]["spec"]["template"]["spec"]["serviceAccountName"]
            == "flink"
        )


def test_all_of_it_asks_for_no_more_than_eight_gibibytes(rendered):
    """With its load beside it, it has to fit a machine of sixteen."""
    asked = 0
    for (kind, _, _), one in rendered.items():
        if kind in {"Deployment", "StatefulSet"}:
            pod = one["spec"]["template"]["spec"]
            each = [part["resources"]["requests"]["memory"] for part in pod["containers"]]
            assert all(memory.endswith("Mi") for memory in each)
            asked += one["spec"]["replicas"] * sum(int(memory.removesuffix("Mi")) for memory in each)
    assert asked <= 8 * 1024
