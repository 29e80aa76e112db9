"""What is in the cache is whole, is made once, and costs nothing to find again."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from slaharness.errors import StackTrouble
from slaharness.host import cache, wait


def _never(scratch):
    raise AssertionError("made again")


def _file(scratch, text="whole"):
    made = scratch / "made"
    made.write_text(text)
    return made


def test_what_is_there_is_not_made_again(tmp_path):
    """A hit costs no work."""
    cache.entry(tmp_path / "thing", _file)
    assert cache.entry(tmp_path / "thing", _never).read_text() == "whole"


def test_failed_maker_leaves_nothing_but_its_lock(tmp_path):
    """The next try starts from nothing, and may succeed."""

    def fails(scratch):
        _file(scratch, "half")
        raise StackTrouble("no")

    with pytest.raises(StackTrouble):
        cache.entry(tmp_path / "thing", fails)
    assert [path.name for path in tmp_path.iterdir()] == [".thing.lock"]
    assert cache.entry(tmp_path / "thing", _file).read_text() == "whole"


HALF_WAY = """
import sys, time, pathlib
from slaharness.host import cache
def fill(scratch):
    (scratch / "made").write_text("half")
    print("half way", flush=True)
    time.sleep(60)
cache.entry(pathlib.Path(sys.argv[1]), fill)
"""


def test_killed_maker_leaves_no_half_result(tmp_path):
    """After a kill -9 the entry is not there, its lock is free, and the leftovers go with the next try."""
    with subprocess.Popen(
        [sys.executable, "-c", HALF_WAY, str(tmp_path / "thing")], stdout=subprocess.PIPE
    ) as maker:
        assert maker.stdout
        assert maker.stdout.readline()
        os.kill(maker.pid, signal.SIGKILL)
    assert (tmp_path / ".thing.making/made").read_text() == "half"
    assert not (tmp_path / "thing").exists()
    seen = []
    cache.entry(tmp_path / "thing", lambda scratch: seen.extend(scratch.iterdir()) or _file(scratch))
    assert seen == []
    assert (tmp_path / "thing").read_text() == "whole"
    assert not (tmp_path / ".thing.making").exists()


def test_of_two_makers_one_works_and_the_other_waits(tmp_path):
    """Two commands started together build an image once."""
    made = []

    def slowly(scratch):
        made.append(scratch)
        wait.pause(0.3)
        return _file(scratch)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: cache.entry(tmp_path / "thing", slowly), range(2)))
    assert len(made) == 1
    assert [path.read_text() for path in found] == ["whole", "whole"]
