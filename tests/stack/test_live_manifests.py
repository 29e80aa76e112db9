"""The real profiles, rendered by the real Kustomize."""

from pathlib import Path

import pytest

from slaharness.image import Image
from slaharness.settings import read as settings
from slaharness.stack import manifests

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + 64 * "a"


@pytest.mark.live
@pytest.mark.parametrize("profile", ["core", "backup", "scaling", "streaming", "encrypted", "impostors"])
def test_with_a_registry_no_object_names_an_image_that_only_nodes_of_ours_could_hold(profile: str) -> None:
    """Init containers, CronJobs and patched workloads too: one that was missed could never start."""
    stack = settings.load(ROOT).stack
    folder = stack.profile(profile)
    assert folder
    plain = manifests.render(folder, stack)
    pushed = [
        Image(name, f"registry.example.org/team/{name}@{DIGEST}", Path(name)) for name in plain.images()
    ]
    text = manifests.render(folder, stack, pushed).text()
    assert manifests.PREFIX not in text
    assert text.count(f"@{DIGEST}") == plain.text().count(manifests.PREFIX) > len(pushed)
