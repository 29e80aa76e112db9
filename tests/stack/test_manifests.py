"""What is applied is what the profile says, with the images that were built."""

from pathlib import Path

import pytest
import yaml
from stacks import WEATHER, stack

from slaharness.cluster import kubectl
from slaharness.errors import BadInput
from slaharness.image import Image
from slaharness.stack import manifests

ECHO = stack(namespaces=("application", "persistence"))
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
    manifests.render(tmp_path, ECHO, [built])
    assert kustomize["images"] == [{"name": "localhost/slaharness/api", "newTag": "abc123"}]
    assert (kustomize["folder"] / kustomize["resources"][0]).resolve() == tmp_path
    assert not kustomize["folder"].exists()
    assert [path.name for path in tmp_path.iterdir()] == ["kustomization.yaml"]


def test_an_image_that_a_registry_has_is_named_by_its_digest(kustomize, tmp_path):
    """A tag could be moved to another content between the push and the pull."""
    (tmp_path / "kustomization.yaml").write_text("resources: []")
    manifests.render(
        tmp_path, ECHO, [Image("api", "registry.example.org:5000/team/api@sha256:ab", Path("api.tar"))]
    )
    assert kustomize["images"] == [
        {
            "name": "localhost/slaharness/api",
            "newName": "registry.example.org:5000/team/api",
            "digest": "sha256:ab",
        }
    ]


def test_only_our_images_are_asked_for(kustomize, tmp_path):
    """Images of init containers count; those of other makers are not ours to build."""
    assert manifests.render(tmp_path, ECHO).images() == ("api", "cassandra")


def test_job_made_from_something_else_is_told_apart(kustomize, tmp_path):
    """A Job's mark follows its content, and only that."""

    def mark():
        (job,) = (one for one in manifests.render(tmp_path, ECHO).objects if one["kind"] == "Job")
        return job["metadata"]["annotations"][manifests.CONTENT]

    first, same = mark(), mark()
    kustomize["job"] = JOB.replace("cassandra", "cassandra:2")
    assert first == same != mark()


def test_unknown_profile_is_refused_naming_those_there_are():
    """One line says what may be asked for."""
    with pytest.raises(BadInput, match=r"'cor'.*there is .*core"):
        WEATHER.profile("cor")


def test_images_are_named_without_kustomize_through_all_that_is_taken_in(tmp_path):
    """Folders, files, components, and patches in the kustomization itself."""
    files = {
        "overlay/kustomization.yaml": "resources: [../base]\ncomponents: [../part]\npatches: "
        "[{patch: '- {value: localhost/slaharness/alerts-2:x}'}]",
        "base/kustomization.yaml": "resources: [one.yaml]",
        "base/one.yaml": "image: localhost/slaharness/api\nother: example.org/slaharness/none",
        "part/kustomization.yaml": "kind: Component\nresources: [two.yaml]",
        "part/two.yaml": "image: localhost/slaharness/cassandra:1",
        "elsewhere/three.yaml": "image: localhost/slaharness/unused",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert manifests.named(tmp_path / "overlay") == {"api", "cassandra", "alerts-2"}


def test_core_names_the_images_that_it_deploys():
    """What is built before Kustomize is there is what Kustomize will ask for."""
    assert manifests.named(WEATHER.profile("core")) == {"api", "cassandra", "edge", "prometheus"}


def spaces(made):
    """The metadata of the namespaces, by name."""
    return {one["metadata"]["name"]: one["metadata"] for one in made.objects if one["kind"] == "Namespace"}


def test_namespaces_say_what_they_were_deployed_from(kustomize, tmp_path):
    """So that the stack of another profile is noticed."""
    kustomize["job"] = "{apiVersion: v1, kind: Namespace, metadata: {name: application}}"
    (tmp_path / "core").mkdir()
    found = manifests.render(tmp_path / "core", ECHO).objects
    marks = {
        one["metadata"]["name"]: one["metadata"]["annotations"] for one in found if one["kind"] == "Namespace"
    }
    assert marks == {name: {"slaharness.dev/profile": "core"} for name in ("application", "load")}


def test_all_that_is_deployed_is_known_to_be_the_stacks(kustomize, tmp_path):
    """A folder that knows nothing of the harness can be deployed and removed again; pods are labelled too."""
    found = manifests.render(tmp_path, ECHO).objects
    assert {one["metadata"]["labels"]["app.kubernetes.io/part-of"] for one in found} == {"echo"}
    pods = [one["spec"]["template"]["metadata"]["labels"] for one in found if "spec" in one]
    assert pods == [{"app.kubernetes.io/part-of": "echo"}] * 2


def test_namespaces_that_a_folder_takes_for_granted_are_made(kustomize, tmp_path):
    """Open for faults where the stack lives; the load's, which is always needed, is not."""
    labels = {name: meta["labels"] for name, meta in spaces(manifests.render(tmp_path, ECHO)).items()}
    faults = {name: one.get("slaharness.dev/faults") for name, one in labels.items()}
    assert faults == {"application": "allowed", "persistence": "allowed", "load": None}
    assert {one["slaharness.dev/stack"] for one in labels.values()} == {"echo"}


def test_what_scales_the_stack_comes_after_it():
    """Nothing is left out or applied twice."""
    service, scaler = ({"kind": kind, "metadata": {"name": "a"}} for kind in ("Deployment", "ScaledObject"))
    first, then = manifests.Manifests((scaler, service)).parted()
    assert (first.objects, then.objects) == ((service,), (scaler,))
