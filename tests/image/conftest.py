"""A cache of the test's own, and a builder that does nothing but note what it was asked."""

import os

import pytest

from slaharness.host import paths
from slaharness.image import builder

#: Notes its words; writes what it is told to save; says what it is told to say.
BUILDAH = """#!/bin/sh
echo "$@" >> {notes}
for word in "$@"; do case "$word" in
  oci-archive:*:*) file="${{word#oci-archive:}}"; echo "an archive" > "${{file%%:*}}";;
esac; done
case "$*" in *\\ push\\ *--digestfile*) echo {digest};; esac
case "$*" in *\\ inspect\\ *) exit {inspect};; *\\ pull\\ debian*) exit {pull};; esac
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The cache's folder."""
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    monkeypatch.delenv("SLAHARNESS_BASE_IMAGE", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a shell script first on PATH under a name."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def install(name, text):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)

    return install


class Notes:
    """The words of each call of the builder."""

    def __init__(self, file):
        self._file = file

    @property
    def lines(self):
        return self._file.read_text().splitlines() if self._file.exists() else []

    def of(self, word):
        return [line for line in self.lines if f" {word} " in f" {line} "]

    def clear(self):
        self._file.unlink(missing_ok=True)


@pytest.fixture
def buildah(tmp_path, program):
    """A builder that always succeeds; ``inspect=1`` makes it know no image, ``pull=1`` reach no registry."""
    notes = Notes(tmp_path / "notes")

    def set_up(inspect=0, pull=0, digest="sha256:" + 64 * "a"):
        words = {"notes": tmp_path / "notes", "inspect": inspect, "pull": pull, "digest": digest}
        program("buildah", BUILDAH.format(**words))
        return notes

    builder.find.cache_clear()
    yield set_up
    builder.find.cache_clear()


@pytest.fixture
def folder(tmp_path):
    """A folder with a Containerfile."""
    made = tmp_path / "api"
    made.mkdir()
    (made / "Containerfile").write_text("FROM scratch\n")
    return made
