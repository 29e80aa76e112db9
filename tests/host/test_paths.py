"""What is in the state folder is executed and replayed: nobody else may write there."""

import os
import runpy
from pathlib import Path

import pytest

from slaharness.errors import HostTrouble
from slaharness.host import paths


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    return tmp_path / "state"


def test_the_state_folder_is_the_users_alone(state: Path) -> None:
    """Also one that an earlier version left for all to read."""
    state.mkdir(mode=0o755)
    assert paths.private(state / "undo").stat().st_mode & 0o777 == 0o700
    assert state.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_a_folder_that_others_write_into_is_not_trusted(state: Path, mode: int) -> None:
    """The line says what to look at, and what mends it."""
    state.mkdir()
    state.chmod(mode)
    with pytest.raises(HostTrouble, match=r"written by others.*chmod 700"):
        paths.private(state / "undo")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_not_trusted(state: Path) -> None:
    """Its owner may change it under us."""
    state.mkdir(mode=0o700)
    os.chown(state, 65534, 65534)
    with pytest.raises(HostTrouble, match="nothing in it is trusted"):
        paths.private(state / "undo")


def test_a_user_has_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without root and without a setting, what is to be undone is still written down."""
    for name in ("SLAHARNESS_STATE", "SLAHARNESS_CACHE", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    theirs = runpy.run_path(str(paths.__file__))
    assert theirs["STATE"].is_relative_to(tmp_path)
    assert theirs["RUN"].is_relative_to(tmp_path)
