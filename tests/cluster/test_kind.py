"""kind's nodes take images by kind's own program; other clusters that we did not make take none."""

import os

import pytest

from slaharness.cluster.existing import Existing
from slaharness.errors import ClusterTrouble


@pytest.fixture
def kind(tmp_path, monkeypatch):
    """Install a ``kind`` that notes its words and ends as it is told to."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")

    def install(code):
        program = tmp_path / "bin/kind"
        program.write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/words\necho no such cluster >&2\nexit {code}\n'
        )
        program.chmod(0o755)
        return tmp_path / "words"

    return install


def test_kind_loads_each_archive_into_its_cluster(kind, tmp_path):
    """Named as kind names it: the context without its prefix."""
    words = kind(0)
    Existing("kind-dev").load_images([tmp_path / "api.tar", tmp_path / "edge.tar"])
    assert words.read_text().splitlines() == [
        f"load image-archive {tmp_path}/{name}.tar --name dev" for name in ("api", "edge")
    ]


def test_what_kind_says_when_it_fails_is_passed_on(kind, tmp_path):
    """As trouble of the cluster."""
    kind(1)
    with pytest.raises(ClusterTrouble, match="no such cluster"):
        Existing("kind-dev").load_images([tmp_path / "api.tar"])


@pytest.mark.parametrize("context", ["kind-dev", "staging"])
def test_without_kind_or_in_another_cluster_images_are_refused(context, monkeypatch, tmp_path, request):
    """With what else can be done."""
    if context == "staging":
        request.getfixturevalue("kind")(0)
    else:
        monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterTrouble, match="cannot put images into nodes that we did not make"):
        Existing(context).load_images([tmp_path / "api.tar"])
