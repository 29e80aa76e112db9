"""Where the base image comes from, and that a registry which comes and goes does not change it."""

import pytest

from slaharness.image import base, context, rootfs


@pytest.fixture(autouse=True)
def _made(program):
    """An mmdebstrap that is done at once."""
    program(
        "mmdebstrap",
        '#!/bin/sh\nfor word in "$@"; do case "$word" in */rootfs.tar) echo tar > "$word";; esac; done\n',
    )


def test_base_is_made_from_packages_when_asked(buildah, monkeypatch):
    """No registry is spoken to."""
    monkeypatch.setenv("SLAHARNESS_BASE_IMAGE", "mmdebstrap")
    notes = buildah()
    assert base().archive.exists()
    assert not notes.of("pull")


def test_registry_is_used_where_it_answers(buildah):
    """Without being asked for."""
    notes = buildah(pull=0)
    image = base()
    assert "FROM=debian:bookworm-slim" in notes.of("build")[0]
    assert image.archive.exists()


def test_packages_are_used_where_no_registry_answers(buildah, monkeypatch):
    """The same base as when asked for."""
    buildah(pull=1)
    image = base()
    monkeypatch.setenv("SLAHARNESS_BASE_IMAGE", "mmdebstrap")
    assert base() == image


def test_base_in_the_cache_stays_and_costs_nothing(buildah):
    """Also when a registry answers later: otherwise every image would be built again."""
    buildah(pull=1)
    image = base()
    notes = buildah(pull=0)
    notes.clear()
    assert base() == image
    assert notes.lines == []


def test_base_of_ones_own_choice(buildah, monkeypatch):
    """A reference is passed on to the build."""
    monkeypatch.setenv("SLAHARNESS_BASE_IMAGE", "mirror.example/debian:12")
    notes = buildah()
    base()
    assert "FROM=mirror.example/debian:12" in notes.of("build")[0]


def test_mirrors_of_the_host_are_used_when_it_is_of_the_same_release(tmp_path, monkeypatch):
    """Else Debian's own, which is to name none."""
    sources, release = tmp_path / "debian.sources", tmp_path / "os-release"
    sources.write_text("")
    monkeypatch.setattr(rootfs, "HOST_SOURCES", (sources,))
    monkeypatch.setattr(rootfs, "OS_RELEASE", release)
    release.write_text("ID=ubuntu\nVERSION_CODENAME=noble\n")
    assert rootfs.mirror() == []
    release.write_text("ID=debian\nVERSION_CODENAME=bookworm\n")
    assert rootfs.mirror() == [sources]


def test_every_fetch_has_a_place_of_its_own():
    """Two fetches of one image must not write over each other."""
    assert len({fetch.name for fetch in context.FETCHES}) == len(context.FETCHES)
