"""What a killed harness leaves in the temporary folder goes with the next run, and nothing else does."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from slaharness.host import scratch

#: Makes a folder with a file, says where, and stays in it.
HOLDER = """
import time
from slaharness.host import scratch
with scratch.folder() as made:
    (made / "kubeconfig").write_text("secret")
    print(made, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder():
    """A process with a folder, and the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.communicate()


def test_what_the_killed_left_goes_and_what_the_living_have_stays(holder):
    """Whoever holds it need not have touched it for long."""
    process, left = holder
    assert left.stat().st_mode & 0o777 == 0o700
    scratch.sweep()
    assert (left / "kubeconfig").exists()
    process.kill()
    process.wait()
    scratch.sweep()
    assert not left.exists()


def test_nothing_is_left_of_a_body_that_failed(temporary):
    def broken():
        with scratch.folder() as made:
            (made / "file").touch()
            raise ValueError("broke")

    with pytest.raises(ValueError, match="broke"):
        broken()
    assert list(temporary.iterdir()) == []


def test_only_folders_of_ours_go(temporary):
    """Not what others own or call otherwise, and not what a link by such a name leads to."""
    kept = temporary / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (temporary / f"{scratch.PREFIX}link").symlink_to(kept)
    (temporary / f"{scratch.PREFIX}file").touch()
    there = set(temporary.rglob("*"))
    scratch.sweep()
    assert set(temporary.rglob("*")) == there


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what another user owns")
def test_what_another_user_left_is_theirs(temporary):
    theirs = temporary / f"{scratch.PREFIX}theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    scratch.sweep()
    assert theirs.exists()


def test_a_folder_that_was_swept_while_it_was_made_is_made_anew(monkeypatch):
    """Between its making and its lock somebody may look."""
    opened, times = scratch._opened, iter(range(9))

    def swept_first(path):
        if next(times) == 0:
            path.rmdir()
        return opened(path)

    monkeypatch.setattr(scratch, "_opened", swept_first)
    with scratch.folder() as made:
        assert made.is_dir()
