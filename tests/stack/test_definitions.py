"""Definitions come from the module that the program comes from, and from nowhere else."""

import pytest

from slaharness.errors import BadInput
from slaharness.host import paths
from slaharness.stack import definitions

WORDS = """
resources:
  - own.yaml
  - modules/example.org/tools/config/crd
  - modules/example.org/tools/config/role.yaml
"""


@pytest.fixture
def image(tmp_path, monkeypatch):
    """An image folder, and its module as Go would have it, read-only."""
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    module = tmp_path / "mod"
    (module / "config/crd").mkdir(parents=True)
    (module / "config/crd/kustomization.yaml").write_text("resources: [a.yaml]")
    (module / "config/crd/a.yaml").write_text("a")
    (module / "config/role.yaml").write_text("role")
    for file in module.rglob("*.yaml"):
        file.chmod(0o444)
    monkeypatch.setattr(definitions.golang, "sources", lambda _: {"example.org/tools": module})
    folder = tmp_path / "weather/images/scaler"
    (folder / "cluster").mkdir(parents=True)
    (folder / "cluster/kustomization.yaml").write_text(WORDS)
    (folder / "cluster/own.yaml").write_text("own")
    (folder / "go.mod").write_text("module tools")
    (folder / "go.sum").write_text("")
    return folder


def test_files_and_folders_of_the_module_lie_where_the_kustomization_looks(image):
    """Ours beside those of the module, which anyone may delete."""
    (folder,) = definitions.of([image])
    laid = folder / "modules/example.org/tools/config"
    assert (folder / "own.yaml").read_text() == "own"
    assert (laid / "crd/a.yaml").read_text() == "a"
    assert (laid / "role.yaml").read_text() == "role"
    assert (laid / "role.yaml").stat().st_mode & 0o200


def test_other_pins_are_other_definitions(image):
    """A program never meets definitions of another version."""
    first = definitions.of([image])
    assert definitions.of([image]) == first
    (image / "go.mod").write_text("module tools // newer")
    assert definitions.of([image]) != first


def test_resource_that_no_module_has_is_named(image):
    """A misspelt path must not mean that something is silently not applied."""
    (image / "cluster/kustomization.yaml").write_text("resources: [modules/example.org/tools/config/nothing]")
    with pytest.raises(BadInput, match=r"modules/example.org/tools/config/nothing: no such file"):
        definitions.of([image])


def test_image_without_a_cluster_folder_brings_nothing(tmp_path):
    """Most images need nothing of the cluster."""
    assert definitions.of([tmp_path / "edge"]) == []
