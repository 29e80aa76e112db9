"""Rows of the ledger on their way to disk, written by a thread of their own."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

from gevent.threadpool import ThreadPool

#: Characters that wait in memory until they are written in one go.
BLOCK = 1 << 16


class Rows:
    """A CSV file that is written while requests go on being sent when they are due.

    All users of a Locust process share one thread, and a write waits for a disk that is busy: beside three
    databases on the same one, a sync was seen to take 0.6 s.
    """

    def __init__(self, path: str, columns: Iterable[str], told: Callable[[Exception], None]) -> None:
        """``told`` hears of each write that failed."""
        self._file, self._told = Path(path), told
        self._file.write_bytes(b"")
        self._waiting = io.StringIO(newline="")
        self._row = csv.writer(self._waiting, lineterminator="\n").writerow
        self._thread = ThreadPool(1)  # one, so that blocks stay in their order
        self._row(columns)

    def write(self, row: Iterable[object]) -> None:
        self._row(row)
        if self._waiting.tell() >= BLOCK:
            self._send()

    def whole(self) -> bytes:
        """Everything that was written so far."""
        self._send()
        self._thread.join()
        return self._file.read_bytes()

    def _send(self) -> None:
        text = self._waiting.getvalue()
        self._waiting.seek(0)
        self._waiting.truncate()
        self._thread.spawn(self._write, text)

    def _write(self, text: str) -> None:
        try:
            with self._file.open("a", newline="") as file:
                file.write(text)
        except Exception as error:  # noqa: BLE001 - whatever it is, rows are missing
            self._told(error)
