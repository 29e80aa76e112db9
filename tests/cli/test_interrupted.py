"""Ctrl-C at the command line, in the middle of a build by a builder that takes its time."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slaharness.host.wait import until

INTERRUPTED = 2
SETTINGS = """
[stack]
kind = "kustomize"
name = "shop"
namespaces = ["shop"]
folder = "deploy"
images = "images"

[load]
host = "http://web.shop.svc"
"""
#: Notes each build, and sleeps over those that are not the base; children of its own hold its output open.
BUILDAH = """#!/bin/sh
for word in "$@"; do case "$word" in
  oci-archive:*:*) file="${{word#oci-archive:}}"; echo "an archive" > "${{file%%:*}}";;
esac; done
case "$*" in
  *\\ build\\ *--tag\\ localhost/slaharness/base*) exit 0;;
  *\\ build\\ *) echo "$@" >> {notes}; sleep 60; exit 0;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A stack of three images, and a builder."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "slaharness.toml").write_text(SETTINGS)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/kustomization.yaml").write_text("resources: []\n")
    for name in ("web", "store", "mail"):
        (tmp_path / "images" / name).mkdir(parents=True)
        (tmp_path / "images" / name / "Containerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/buildah").write_text(BUILDAH.format(notes=tmp_path / "notes"))
    (tmp_path / "bin/buildah").chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_while_images_are_built_ends_at_once_with_2(project: Path, presses: int) -> None:
    """It says so, nothing goes on, a second press changes nothing, and no half of an image is kept."""
    env = {
        **os.environ, "PATH": f"{project / 'bin'}:{os.environ['PATH']}", "SLAHARNESS_BASE_IMAGE": "auto",
        "SLAHARNESS_CACHE": str(project / "cache"), "SLAHARNESS_STATE": str(project / "state"),
    }  # fmt: skip
    words = [sys.executable, "-m", "slaharness", "images", "build", "web", "store", "mail"]
    with subprocess.Popen(words, cwd=project, env=env, stderr=subprocess.PIPE, text=True) as running:
        until((project / "notes").exists, within=60, every=0.1, what="an image is being built")
        began = time.monotonic()
        for _ in range(presses):
            running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
    assert running.returncode == INTERRUPTED, said
    assert time.monotonic() - began < 10
    assert "SIGINT: putting everything back" in said
    assert "Traceback" not in said
    assert [one.name for one in (project / "cache/images").glob("[!.]*") if "base" not in one.name] == []
