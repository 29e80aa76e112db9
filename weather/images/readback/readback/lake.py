"""Every reading that the lake's table has now, as whoever reads it sees it: withdrawn ones are left out."""

import re
from collections.abc import Mapping
from typing import Any

from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import DeltaError

from readback.errors import Trouble

ASKED = "SELECT station, at, id, temperature, arrived FROM readings WHERE NOT deleted"
#: As many of the latest commits are asked when they were made: each is an object of its own.
COMMITS = 1000
#: What delta-rs draws its errors with.
DRAWN = re.compile(r"\x1b\[[0-9;]*m|↳")


def readings(url: str, options: Mapping[str, str]) -> list[dict[str, Any]]:
    """Rows, each with when it could first be read. Raises Trouble."""
    try:
        table = DeltaTable(url, storage_options=dict(options))
        made = _made(table)
        found = QueryBuilder().register("readings", table).execute(ASKED).read_all()
        rows: list[dict[str, Any]] = found.to_struct_array().to_pylist()
    except (DeltaError, OSError) as error:
        words = " ".join(DRAWN.sub(" ", str(error)).split())
        raise Trouble(f"reading {url}: {words[:300]}") from error
    for row in rows:
        row["arrived"] = made.get(row["arrived"], row["arrived"])
    return rows


def _made(table: DeltaTable) -> dict[int, int]:
    """When the log says that a batch was made to count, by when the sink began to keep it (epoch ms both).

    A row can only tell when it was begun with; until it can be read, its file has to be written.
    """
    told = (one for one in table.history(COMMITS) if "arrived" in one)
    return {int(one["arrived"]): one["timestamp"] for one in told}
