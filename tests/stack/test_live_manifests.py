"""The real profiles, rendered by the real Kustomize."""

from pathlib import Path

import pytest
from stacks import stack

from slaharness.image import Image
from slaharness.settings import read as settings
from slaharness.stack import document, manifests

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + 64 * "a"


@pytest.mark.live
@pytest.mark.parametrize("profile", ["core", "backup", "scaling", "streaming", "encrypted", "impostors"])
def test_with_a_registry_no_object_names_an_image_that_only_nodes_of_ours_could_hold(profile: str) -> None:
    """Init containers, CronJobs and patched workloads too: one that was missed could never start."""
    weather = settings.load(ROOT).stack
    folder = weather.profile(profile)
    assert folder
    plain = manifests.render(folder, weather)
    pushed = [
        Image(name, f"registry.example.org/team/{name}@{DIGEST}", Path(name)) for name in plain.images()
    ]
    text = manifests.render(folder, weather, pushed).text()
    assert manifests.PREFIX not in text
    assert text.count(f"@{DIGEST}") == plain.text().count(manifests.PREFIX) > len(pushed)


@pytest.mark.live
@pytest.mark.parametrize("tag", ["089012345678", "1234567890e1", "0o17", "y", "N", "1_2e3", "null", ".5e3"])
def test_a_tag_that_looks_like_something_else_is_a_tag(tag: str, tmp_path: Path) -> None:
    """Tags and ids of installations are a few hexadecimal digits: now and then nothing but figures."""
    pod = {"containers": [{"name": "api", "image": f"{manifests.PREFIX}api"}]}
    body = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "api", "labels": {"id": tag}},
        "spec": pod,
    }
    (tmp_path / "kustomization.yaml").write_text("resources: [pod.yaml]")
    (tmp_path / "pod.yaml").write_text(document.dump([body]))
    built = Image("api", f"{manifests.PREFIX}api:{tag}", Path("api"))
    (pod,) = (one for one in manifests.render(tmp_path, stack(), [built]).objects if one["kind"] == "Pod")
    assert pod["spec"]["containers"][0]["image"] == f"{manifests.PREFIX}api:{tag}"
    assert pod["metadata"]["labels"]["id"] == tag
