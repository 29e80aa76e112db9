r"""The whole readings table as CSV, so that what was written can be compared with what is there.

First line ``station,at,id,temperature``; then one line a reading, ``at`` in epoch milliseconds, in no order;
last line ``# end,<count>``. A text without that last line, or with another count, is not the whole table.
Should a page fail for good half-way, the connection is broken off: no last chunk, no last line.
"""

from collections.abc import AsyncIterator
from typing import Any

from weather import model, statements
from weather.database import Store, Unavailable
from weather.model import Consistency

HEADER = "station,at,id,temperature\n"
PAGE_ROWS = 2000
#: Seconds for one page at every replica.
PAGE_WITHIN = 10.0
#: A page may be asked for again: paging has no side effect.
ATTEMPTS = 3


async def started(store: Store, consistency: Consistency) -> AsyncIterator[str]:
    """The export's lines, its first page already read, so that a dead database is a 503 and no empty file."""
    return _lines(store, consistency, await _page(store, consistency, None))


async def _lines(store: Store, consistency: Consistency, page: Any) -> AsyncIterator[str]:
    yield HEADER
    count = 0
    while True:
        rows = page.current_rows
        count += len(rows)
        yield "".join(map(_line, rows))
        if not page.has_more_pages:
            break
        page = await _page(store, consistency, page.paging_state)
    yield f"# end,{count}\n"


async def _page(store: Store, consistency: Consistency, state: bytes | None) -> Any:
    for left in reversed(range(ATTEMPTS)):
        try:
            return await store.run(
                statements.EXPORT, consistency=consistency, within=PAGE_WITHIN, page=(PAGE_ROWS, state)
            )
        except Unavailable:
            if not left:
                raise
    raise AssertionError


def _line(row: Any) -> str:
    # Stations cannot hold a comma or a quote: the API lets none in.
    return f"{row.station},{model.milliseconds(row.at)},{row.id},{row.temperature!r}\n"
