"""The readback: every row that the stack holds after the load, read once and kept as a file.

With the ledger it tells what was lost. It may fail while the stack is still healing, so it is tried again,
from its beginning, until it comes whole.
"""

import gzip
import shutil
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from slaharness.cluster.api import Endpoint
from slaharness.errors import HarnessError, LoadTrouble, NotYet
from slaharness.host.progress import step
from slaharness.host.unreachable import why
from slaharness.host.wait import until
from slaharness.model import Columns
from slaharness.model.words import counted

#: Seconds of silence after which a try is given up: one page may be asked for three times, 10 s each.
SILENCE = 35
EVERY = 2


def whole(
    save: Callable[[Path], None], into: Path, columns: Columns | None = None, *, within: float = 120
) -> Path:
    """Have ``save`` write all rows (gzip CSV) until they come whole, and keep them as ``into``.

    Raises LoadTrouble, naming the last try's failure, when they do not within ``within`` seconds.
    """
    failures: list[str] = []
    with step("Reading back") as now:
        try:
            until(partial(_saved, save, into, columns, failures), within=within, every=EVERY,
                  what="all rows are read back", say=now.say)  # fmt: skip
        except NotYet as error:
            raise LoadTrouble(
                f"{error}; {counted(len(failures), 'try', 'tries')}, the last: {failures[-1]}"
            ) from error
    return into


def fetch(endpoint: Endpoint, what: str, into: Path) -> None:
    """Save what ``endpoint`` answers when asked for the path ``what``, compressed.

    Raises requests' or urllib3's errors when it does not answer well, or breaks off.
    """
    with endpoint.session.get(f"{endpoint.url}/{what}", stream=True, timeout=SILENCE) as answer:
        answer.raise_for_status()
        answer.raw.decode_content = True
        with gzip.open(into, "wb", compresslevel=3) as file:
            shutil.copyfileobj(answer.raw, file)


def _saved(save: Callable[[Path], None], into: Path, columns: Columns | None, failures: list[str]) -> bool:
    from slaharness.ledger import rows  # noqa: PLC0415  # pyarrow; what only names a stack needs none of it

    unfinished = into.with_name(f".{into.name}")
    try:
        save(unfinished)
        # For what they raise: a file that is not whole.
        deque(rows.read(unfinished, columns or rows.inferred(unfinished)), maxlen=0)
    except (requests.RequestException, HTTPError, HarnessError) as error:
        failures.append(why(error))
        return False
    unfinished.replace(into)
    return True
