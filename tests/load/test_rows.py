"""The ledger's rows come to the file in their order, and hold up nobody who sends."""

import shutil
import threading
from pathlib import Path

import gevent
import pytest

from slaharness.load import rows


@pytest.fixture
def small(monkeypatch):
    """A block is full with the second row."""
    monkeypatch.setattr(rows, "BLOCK", 8)


def test_all_rows_are_there_in_their_order(small, tmp_path):
    """Whatever still waits is written before the file is read."""
    file = rows.Rows(str(tmp_path / "ledger.csv"), ("n", "words"), pytest.fail)
    for number in range(100):
        file.write((number, "a, b"))
    assert file.whole().decode().splitlines() == ["n,words", *(f'{number},"a, b"' for number in range(100))]
    file.write((100, ""))
    assert file.whole().endswith(b"\n100,\n")


def test_a_disk_that_is_busy_holds_up_nobody(small, tmp_path, monkeypatch):
    """The row is taken at once, and is in the file when the disk has had its time."""
    file = rows.Rows(str(tmp_path / "ledger.csv"), ("n", "words"), pytest.fail)
    free, opened = threading.Event(), Path.open
    monkeypatch.setattr(Path, "open", lambda *given, **how: free.wait(10) and opened(*given, **how))
    with gevent.Timeout(1):
        file.write((1, "is long enough"))
    free.set()
    assert file.whole().endswith(b"1,is long enough\n")


def test_rows_that_cannot_be_written_are_told(small, tmp_path):
    """A load whose ledger has holes is one that nothing can be said of."""
    failed, folder = [], tmp_path / "folder"
    folder.mkdir()
    file = rows.Rows(str(folder / "ledger.csv"), ("n", "words"), failed.append)
    shutil.rmtree(folder)
    file.write((1, "is long enough"))
    with pytest.raises(FileNotFoundError):
        file.whole()
    assert {type(error) for error in failed} == {FileNotFoundError}
