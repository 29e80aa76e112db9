"""The first program that really works builds the images."""

import fcntl

import pytest

from slaharness.errors import HostTrouble
from slaharness.image import build, builder


@pytest.fixture(autouse=True)
def _forget():
    builder.find.cache_clear()
    yield
    builder.find.cache_clear()


@pytest.fixture
def alone(program, monkeypatch, tmp_path):
    """No program but those that the test installs."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return program


WORKS, DOES_NOT = "#!/bin/sh\n", "#!/bin/sh\nexit 1\n"


def test_docker_client_without_an_engine_is_passed_over(alone):
    """Being installed is not enough."""
    alone("docker", DOES_NOT)
    with pytest.raises(HostTrouble, match="apt-get install buildah"):
        builder.find()


def test_docker_is_used_where_it_works_and_buildah_does_not(alone):
    """Whichever works, buildah first."""
    alone("buildah", DOES_NOT)
    alone("docker", WORKS)
    assert builder.find().program == "docker"
    builder.find.cache_clear()
    alone("buildah", WORKS)
    assert builder.find().program == "buildah"


def test_what_killed_builds_left_is_removed_when_no_build_runs(buildah, folder, cache):
    """Working containers of a killed build do not pile up; those of a running build are left alone."""
    notes = buildah()
    build("api", folder)
    assert notes.of("rm")
    notes.clear()
    (folder / "new").write_text("")
    with (cache / "buildah.lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        build("api", folder)
    assert notes.of("build")
    assert not notes.of("rm")
