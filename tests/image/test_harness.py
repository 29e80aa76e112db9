"""The image of the harness itself: what is in it, and that it runs without anything of this machine."""

import json
import shutil
import subprocess
import tarfile
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from stacks import SHOP

from slaharness.host import paths
from slaharness.image import Image
from slaharness.settings import harness, read
from slaharness.stack import images

ROOT = Path(__file__).parents[2]
#: Where images of real builds are, as the other tests here have a cache of their own each.
CACHE = paths.CACHE
PINNED = ROOT / "src/slaharness/image/harness/requirements.txt"
SCENARIO = '''
import pytest

@pytest.mark.scenario(load="steady", experiment=None)
def test_calm(run):
    """Is all well?"""
'''


@pytest.fixture
def project(tmp_path):
    """A project about an application that runs, with a module of faults of its own, and what no run needs."""
    made = tmp_path / "project"
    (made / "scenarios").mkdir(parents=True)
    (made / "scenarios/test_calm.py").write_text(SCENARIO)
    (made / "slaharness.toml").write_text(SHOP + '[faults]\nmodules = ["ours.freeze", "os"]\n')
    (made / "ours").mkdir()
    (made / "ours/freeze.py").write_text("")
    (made / "reports").mkdir()
    (made / ".venv").mkdir()
    return read.load(made)


def test_what_runs_are_made_from_is_in_it_and_nothing_else(project):
    """Neither reports nor environments of hundreds of megabytes."""
    extra = harness.source(project).extra
    assert {name for name in extra if name.startswith("project/")} == {
        "project/ours", "project/scenarios", "project/slaharness.toml",
    }  # fmt: skip
    assert {Path(name).name for name in extra if name.startswith("ours/")} == {
        "slaharness", "METADATA", "entry_points.txt",
    }  # fmt: skip
    assert all(path.exists() for path in extra.values())


def test_all_that_slaharness_asks_for_is_pinned_by_content():
    """What is not would come as it is on the day of the build."""
    lines = PINNED.read_text().splitlines()
    pinned = dict(line.partition(" ")[0].split("==") for line in lines if "==" in line and line[0] != " ")
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for word in (*told["dependencies"], *told["optional-dependencies"]["send"]):
        asked = Requirement(word)
        assert pinned[asked.name] in asked.specifier, word
    assert all("--hash=sha256:" in lines[at + 1] for at, line in enumerate(lines) if "==" in line)


@pytest.mark.live
def test_it_runs_with_nothing_of_this_machine(project, tmp_path, monkeypatch):
    """In a root of its own, as its own user: its Python, its packages, the project."""
    monkeypatch.setattr(paths, "CACHE", CACHE)
    (image,) = images.make({harness.NAME: harness.source(project)}, [harness.NAME])
    root = unpacked(image, tmp_path / "root")
    assert inside(root, "--version").endswith(f"version {version('slaharness')}\n")
    told = json.loads(inside(root, "list", "--json"))
    assert [(one["name"], one["question"]) for one in told] == [("calm", "Is all well?")]


def unpacked(image: Image, into: Path) -> Path:
    """The root file system of an OCI archive."""
    blobs = into.with_name("blobs")
    with tarfile.open(image.archive) as archive:
        archive.extractall(blobs, filter="data")

    def blob(told):
        return blobs / "blobs" / told["digest"].replace(":", "/")

    index = json.loads((blobs / "index.json").read_text())
    manifest = json.loads(blob(index["manifests"][0]).read_text())
    for layer in manifest["layers"]:
        into.mkdir(exist_ok=True)
        subprocess.run(["tar", "--extract", "--file", blob(layer), "--directory", into], check=True)
    shutil.rmtree(blobs)
    return into


def inside(root: Path, *words: str) -> str:
    """What `slaharness` says there, as the image's own user."""
    clean = [
        "env",
        "--ignore-environment",
        "--chdir=/project",
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "HOME=/tmp",
        "LANG=C.UTF-8",
    ]
    ended = subprocess.run(
        ["chroot", "--userspec=10001:10001", root, *clean, "slaharness", *words],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
