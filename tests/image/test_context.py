"""What an image is built from, and what the host fetches for it."""

import dataclasses
import hashlib
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from slaharness.errors import StackTrouble
from slaharness.host import paths
from slaharness.image import context

ROOT = Path(__file__).parents[2]


def _assemble(folder, into, extra=None):
    return context.assemble(folder, extra or {}, into, lambda detail: None)


@pytest.fixture
def fetched(monkeypatch):
    """The texts of the requirements that were fetched, one for each fetch."""
    texts = []

    def get(file, into, platform):
        texts.append(file.read_text())
        into.mkdir()
        (into / "package.py").write_text(file.read_text())

    fetch = dataclasses.replace(context.FETCHES[0], get=get)
    assert fetch.asked_by == "requirements.txt"
    monkeypatch.setattr(context, "FETCHES", (fetch,))
    return texts


def test_files_and_folders_are_copied_in_by_name(folder, tmp_path):
    """``extra`` brings what is kept elsewhere into the context."""
    code = tmp_path / "code"
    (code / "inner").mkdir(parents=True)
    (code / "inner/app.py").write_text("1")
    made = _assemble(folder, tmp_path / "context", {"weather": code, "app.py": code / "inner/app.py"})
    assert (made / "weather/inner/app.py").read_text() == "1"
    assert (made / "app.py").read_text() == "1"
    assert (made / "Containerfile").exists()


def test_packages_are_fetched_again_only_when_requirements_change(folder, tmp_path, fetched):
    """A change of code does not download anything."""
    (folder / "requirements.txt").write_text("one")
    _assemble(folder, tmp_path / "1")
    (folder / "app.py").write_text("")
    assert (_assemble(folder, tmp_path / "2") / "site/package.py").read_text() == "one"
    assert fetched == ["one"]
    (folder / "requirements.txt").write_text("two")
    assert (_assemble(folder, tmp_path / "3") / "site/package.py").read_text() == "two"
    assert fetched == ["one", "two"]


def test_failed_fetch_is_trouble_of_the_stack_and_is_tried_again(folder, tmp_path, program, monkeypatch):
    """pip's own words are in the error; nothing half-fetched is kept."""
    program("python", "#!/bin/sh\necho 'ERROR: no matching distribution' >&2; exit 1\n")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    (folder / "requirements.txt").write_text("nonesuch")
    with pytest.raises(StackTrouble, match="no matching distribution"):
        _assemble(folder, tmp_path / "1")
    program("python", '#!/bin/sh\nwhile [ "$1" != --target ]; do shift; done; mkdir "$2"\n')
    assert (_assemble(folder, tmp_path / "2") / "site").is_dir()


def test_wheels_are_for_the_images_python(folder, tmp_path, program, monkeypatch):
    """Whatever Python the host has, and never built from source."""
    program("python", f'#!/bin/sh\necho "$@" > {tmp_path}/words\n'
                      'while [ "$1" != --target ]; do shift; done; mkdir "$2"\n')  # fmt: skip
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    (folder / "requirements.txt").write_text("one")
    _assemble(folder, tmp_path / "1")
    words = (tmp_path / "words").read_text()
    assert "--only-binary=:all:" in words
    assert "--python-version 3.11" in words


def test_packages_with_hashes_need_all_of_them(folder, tmp_path, program, monkeypatch):
    """One without would be let in as it comes; a file without any is somebody's who wants none."""
    program("python", f'#!/bin/sh\necho "$@" > {tmp_path}/words\n'
                      'while [ "$1" != --target ]; do shift; done; mkdir "$2"\n')  # fmt: skip
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    for text, required in (("one==1 --hash=sha256:0", True), ("one==1", False)):
        (folder / "requirements.txt").write_text(text)
        _assemble(folder, tmp_path / text[-2:])
        assert ("--require-hashes" in (tmp_path / "words").read_text()) is required


OURS = (*(ROOT / "weather/images").iterdir(), ROOT / "src/slaharness/load/image")


@pytest.mark.parametrize("file", [one for image in OURS for one in image.glob("requirements.txt")], ids=str)
def test_packages_of_our_images_are_pinned_by_content(file):
    """Each by its version, and by the hash of every file that it may come in."""
    lines = file.read_text().splitlines()
    entries = [line for line in lines if line and not line.startswith("#")]
    assert entries
    for line, after in pairwise([*entries, "end"]):
        pinned = re.fullmatch(r"[\w.\[\]-]+==[\w.]+( ;.*)? \\", line)
        assert pinned or re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line
        assert not pinned or after.startswith("    --hash="), f"{line} has no hash"


#: Makes the folder it is told to fill, and keeps the settings it was given.
MAVEN = """#!/bin/sh
for word in "$@"; do case "$word" in
  -DoutputDirectory=*) mkdir "${{word#*=}}";;
  */settings.xml) cp "$word" {seen};;
esac; done
"""


def test_maven_asks_no_repository_but_central(folder, tmp_path, program):
    """Poms name others that are long gone; they are all sent to an empty folder, and no host is named."""
    program("mvn", MAVEN.format(seen=tmp_path / "seen.xml"))
    (folder / "pom.xml").write_text("<project/>")
    assert (_assemble(folder, tmp_path / "1") / "lib").is_dir()
    settings = (tmp_path / "seen.xml").read_text()
    assert "<mirrorOf>*,!central</mirrorOf>" in settings
    assert "<url>file:///" in settings
    assert "http" not in settings


#: Fills the folder that it is told to with a jar.
BRINGS = """#!/bin/sh
for word in "$@"; do case "$word" in
  -DoutputDirectory=*) mkdir "${word#*=}"; printf '%s' CONTENT > "${word#*=}/NAME";;
esac; done
"""


@pytest.mark.parametrize(
    ("listed", "brought", "said"),
    [
        ({"one": "good"}, ("one", "bad"), r"fetched: one with SHA-512 \w+…; .*jars.sha512 says: one with"),
        ({"one": "good"}, ("two", "good"), "fetched: no one; .* says: one with"),
        ({}, ("two", "good"), "fetched: two with SHA-512 .* says: no two"),
    ],
    ids=["another", "none", "one too many"],
)
def test_no_jars_come_but_those_that_are_listed(folder, tmp_path, program, listed, brought, said):  # noqa: PLR0917 - fixtures
    """Whoever answers in the repository's place cannot put another in; nor may one be lacking."""
    (folder / "pom.xml").write_text("<project/>")
    _list(folder, listed)
    program("mvn", BRINGS.replace("NAME", brought[0]).replace("CONTENT", brought[1]))
    with pytest.raises(StackTrouble, match=said):
        _assemble(folder, tmp_path / "1")
    _list(folder, dict([brought]))
    assert (_assemble(folder, tmp_path / "2") / "lib" / brought[0]).read_text() == brought[1]


def _list(folder, jars):
    """As ``sha512sum`` writes it."""
    lines = [f"{hashlib.sha512(text.encode()).hexdigest()}  {name}\n" for name, text in jars.items()]
    (folder / "jars.sha512").write_text("".join(lines))


def test_jars_of_our_images_are_pinned_by_content():
    """Each pom has its list."""
    poms = list(ROOT.glob("weather/images/*/pom.xml"))
    assert len(poms) > 1
    assert all(pom.with_name("jars.sha512").stat().st_size for pom in poms)


GO_MODULE = """module example.org/tools
go 1.24
tool example.org/tools/hello
"""
HELLO = 'package main\nfunc main() {{ println("{word}") }}\n'


def test_programs_of_a_go_module_are_built_again_only_when_its_files_change(folder, tmp_path, monkeypatch):
    """By the real compiler, from a module that needs nothing of any network; other files cost no build."""
    monkeypatch.setattr(paths, "CACHE", tmp_path / "cache")
    (folder / "go.mod").write_text(GO_MODULE)
    (folder / "hello").mkdir()
    (folder / "hello/main.go").write_text(HELLO.format(word="one"))
    first = _assemble(folder, tmp_path / "1") / "bin/hello"
    assert subprocess.run([first], capture_output=True, text=True, check=True).stderr == "one\n"
    (folder / "Containerfile").write_text("FROM scratch\n")
    assert (_assemble(folder, tmp_path / "2") / "bin/hello").stat().st_ino == first.stat().st_ino
    (folder / "hello/main.go").write_text(HELLO.format(word="two"))
    second = _assemble(folder, tmp_path / "3") / "bin/hello"
    assert subprocess.run([second], capture_output=True, text=True, check=True).stderr == "two\n"
