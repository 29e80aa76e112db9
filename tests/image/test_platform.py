"""Images for machines of another kind than this one."""

import platform as machine
import subprocess
import sys

import pytest

from slaharness.errors import BadInput, StackTrouble
from slaharness.image import build, context, foreign
from slaharness.image.platform import MACHINES, Platform

OTHER = next(name for kernel, name in MACHINES.items() if kernel != machine.machine())
ELF_MACHINES = {"amd64": 62, "arm64": 183}


def test_this_machines_own_platform_is_nothing_special():
    """The same image then, by the same name."""
    assert foreign(f"linux/{MACHINES[machine.machine()]}") is None
    assert foreign("") is None
    assert foreign(f"linux/{OTHER}") == Platform(OTHER)


@pytest.mark.parametrize("text", ["arm64", "linux/", "linux/sparc", "windows/amd64"])
def test_a_platform_that_no_image_is_for_is_bad_input(text):
    """In one line that names those there are."""
    with pytest.raises(BadInput, match="there are linux/amd64, linux/arm64"):
        foreign(text)


def test_an_image_for_another_platform_is_another_image_and_its_builder_is_told(buildah, folder):
    """Neither takes the other's place in the cache."""
    notes = buildah()
    own, other = build("api", folder), build("api", folder, platform=Platform(OTHER))
    assert own.reference != other.reference
    first, second = notes.of("build")
    assert "--platform" not in first
    assert f"--platform linux/{OTHER}" in second


def test_wheels_are_for_the_images_platform(folder, tmp_path, program, monkeypatch):
    """Newest C library first, none newer than the base image has."""
    program("python", f'#!/bin/sh\necho "$@" > {tmp_path}/words\n'
                      'while [ "$1" != --target ]; do shift; done; mkdir "$2"\n')  # fmt: skip
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    (folder / "requirements.txt").write_text("one")
    context.assemble(folder, {}, tmp_path / "1", print, Platform("arm64"))
    assert "--platform=manylinux_2_36_aarch64 " in (tmp_path / "words").read_text()


def test_go_programs_are_built_for_the_images_platform(folder, tmp_path):
    """By the real compiler, and apart from those for this machine."""
    (folder / "go.mod").write_text("module example.org/tools\ngo 1.24\ntool example.org/tools/hello\n")
    (folder / "hello").mkdir()
    (folder / "hello/main.go").write_text("package main\nfunc main() {}\n")
    own = context.assemble(folder, {}, tmp_path / "1", print) / "bin/hello"
    other = context.assemble(folder, {}, tmp_path / "2", print, Platform(OTHER)) / "bin/hello"
    subprocess.run([own], check=True)
    assert int.from_bytes(other.read_bytes()[18:20], "little") == ELF_MACHINES[OTHER]


def test_a_program_that_cannot_run_here_is_told_with_what_helps(program, buildah, folder):
    """What the kernel says of it nobody could guess from."""
    buildah()
    program("buildah", '#!/bin/sh\ncase "$*" in *" build "*) echo "Exec format error" >&2; exit 1;; esac\n')
    with pytest.raises(StackTrouble, match="apt-get install qemu-user-static"):
        build("api", folder, platform=Platform(OTHER))
