"""A real build, as root, with the packages that the harness installs."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from slaharness.host import command
from slaharness.image import build, builder

pytestmark = pytest.mark.live


@pytest.fixture
def _own_storage(tmp_path, monkeypatch):
    """buildah with storage of this test's own, removed at the end."""
    options = ("--root", str(tmp_path / "store"), "--runroot", str(tmp_path / "run"))
    maker = builder.Builder(**{**vars(builder.BUILDAH), "options": options})
    monkeypatch.setattr(builder, "find", lambda: maker)
    yield
    shutil.rmtree(tmp_path / "store")


@pytest.mark.usefixtures("_own_storage")
def test_real_archive_names_the_image_and_the_storage_keeps_no_container(folder, tmp_path):
    """containerd takes the name from the archive; after the build no working container is left."""
    (folder / "Containerfile").write_text(
        'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "true"]\n'
    )
    image = build("tiny", folder, extra={"busybox": Path(shutil.which("busybox") or "")})
    with tarfile.open(image.archive) as archive:
        index = json.load(archive.extractfile("index.json"))
    assert index["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"] == image.reference
    maker = builder.find()
    left = command.run([maker.program, *maker.options, "containers", "--quiet"], purpose="test", within=20)
    assert left == ""
