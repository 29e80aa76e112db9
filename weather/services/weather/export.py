r"""A whole table as CSV, so that what was written can be compared with what is there.

First line names, then a line a row in no order, instants in epoch milliseconds; last line ``# end,<count>``.
A text without that last line, or with another count, is not the whole table. Should a page fail for good
half-way, the connection is broken off: no last chunk, no last line.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from weather.database import Store, Unavailable
from weather.model import Consistency

PAGE_ROWS = 2000
#: Seconds for one page at every replica.
PAGE_WITHIN = 10.0
#: A page may be asked for again: paging has no side effect.
ATTEMPTS = 3


@dataclass(frozen=True)
class Table:
    """What is read, and how: no value may hold a comma or a quote. ``line`` gives "" for what is no row."""

    header: str
    statement: str
    line: Callable[[Any], str]


async def started(store: Store, table: Table, consistency: Consistency) -> AsyncIterator[str]:
    """The export's lines, its first page already read, so that a dead database is a 503 and no empty file."""
    return _lines(store, table, consistency, await _page(store, table, consistency, None))


async def _lines(store: Store, table: Table, consistency: Consistency, page: Any) -> AsyncIterator[str]:
    yield f"{table.header}\n"
    count = 0
    while True:
        lines = [line for row in page.current_rows if (line := table.line(row))]
        count += len(lines)
        yield "".join(f"{line}\n" for line in lines)
        if not page.has_more_pages:
            break
        page = await _page(store, table, consistency, page.paging_state)
    yield f"# end,{count}\n"


async def _page(store: Store, table: Table, consistency: Consistency, state: bytes | None) -> Any:
    for left in reversed(range(ATTEMPTS)):
        try:
            return await store.run(
                table.statement, consistency=consistency, within=PAGE_WITHIN, page=(PAGE_ROWS, state)
            )
        except Unavailable:
            if not left:
                raise
    raise AssertionError
