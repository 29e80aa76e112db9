"""The readback: everything the database holds after the load, read once at consistency ALL, kept as a file.

With the ledger it tells what was lost. It may fail while the stack is still healing, so it is tried again,
from its beginning, until it comes whole.
"""

import gzip
import shutil
from collections import deque
from functools import partial
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from slaharness.cluster.api import Endpoint
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import LoadTrouble, NotYet, RecordTrouble
from slaharness.host.progress import step
from slaharness.host.wait import until
from slaharness.ledger.checker import readings

WHAT = "export?consistency=ALL"
#: Seconds of silence after which a try is given up: one page may be asked for three times, 10 s each.
SILENCE = 35
EVERY = 2


def readback(cluster: ClusterInfo, into: Path, *, within: float = 120) -> Path:
    """Save the readings service's whole export (gzip CSV) as ``into``, proven to be whole.

    Raises LoadTrouble, naming the last try's failure, when it does not come whole within ``within`` seconds.
    """
    endpoint = cluster.api().endpoint("application", "readings", 8000)
    failures: list[str] = []
    with step("Reading back") as now:
        try:
            until(partial(_saved, endpoint, into, failures), within=within, every=EVERY,
                  what="all readings are read at consistency ALL", say=now.say)  # fmt: skip
        except NotYet as error:
            raise LoadTrouble(f"{error}; {len(failures)} tries, the last: {failures[-1]}") from error
    return into


def _saved(endpoint: Endpoint, into: Path, failures: list[str]) -> bool:
    unfinished = into.with_name(f".{into.name}")
    try:
        _fetch(endpoint, unfinished)
        deque(readings(unfinished), maxlen=0)  # for what they raise
    except (requests.RequestException, HTTPError, RecordTrouble) as error:
        failures.append(str(error))
        return False
    unfinished.replace(into)
    return True


def _fetch(endpoint: Endpoint, into: Path) -> None:
    with endpoint.session.get(f"{endpoint.url}/{WHAT}", stream=True, timeout=SILENCE) as answer:
        answer.raise_for_status()
        answer.raw.decode_content = True
        with gzip.open(into, "wb", compresslevel=3) as file:
            shutil.copyfileobj(answer.raw, file)
