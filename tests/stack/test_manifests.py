"""What is applied is what the profile says, with the images that were built."""

from pathlib import Path

import pytest
import yaml

from slaharness.errors import BadInput
from slaharness.image import Image
from slaharness.stack import kubectl, manifests

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: readings, namespace: application}
spec: {template: {spec: {containers: [
  {name: api, image: "localhost/slaharness/api:1"}, {name: other, image: "example.org/other:2"}]}}}
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: schema, namespace: persistence}
spec: {template: {spec: {containers: [], initContainers: [
  {name: wait, image: "localhost/slaharness/cassandra"}]}}}
"""


@pytest.fixture
def kustomize(monkeypatch):
    """Note the overlay that Kustomize would be given, and answer with two workloads."""
    seen = {}

    def answer(folder, cluster=None):
        seen.update(yaml.safe_load((folder / "kustomization.yaml").read_text()), folder=folder)
        return f"{DEPLOYMENT}\n---\n{seen.get('job', JOB)}"

    monkeypatch.setattr(kubectl, "kustomize", answer)
    return seen


def test_overlay_sets_the_built_tags_and_changes_nothing_in_the_folder(kustomize, tmp_path):
    """The profile stays as it is in the repository; only a temporary overlay knows the tags."""
    (tmp_path / "kustomization.yaml").write_text("resources: []")
    built = Image("api", "localhost/slaharness/api:abc123", Path("api.tar"))
    manifests.render(tmp_path, [built])
    assert kustomize["images"] == [{"name": "localhost/slaharness/api", "newTag": "abc123"}]
    assert (kustomize["folder"] / kustomize["resources"][0]).resolve() == tmp_path
    assert not kustomize["folder"].exists()
    assert [path.name for path in tmp_path.iterdir()] == ["kustomization.yaml"]


def test_only_our_images_are_asked_for(kustomize, tmp_path):
    """Images of init containers count; those of other makers are not ours to build."""
    assert manifests.render(tmp_path).images() == ("api", "cassandra")


def test_job_made_from_something_else_is_told_apart(kustomize, tmp_path):
    """A Job's mark follows its content, and only that."""

    def mark():
        return manifests.render(tmp_path).objects[1]["metadata"]["annotations"][manifests.CONTENT]

    first, same = mark(), mark()
    kustomize["job"] = JOB.replace("cassandra", "cassandra:2")
    assert first == same != mark()


def test_unknown_profile_is_refused_naming_those_there_are():
    """One line says what may be asked for."""
    with pytest.raises(BadInput, match=r"'cor'.*there is .*core"):
        manifests.folder_of("cor")
