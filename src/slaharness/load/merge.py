"""What several workers say, as if one had said it: their states, and their ledgers. Pure."""

import gzip
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from slaharness.errors import RecordTrouble
from slaharness.model.words import counted

State = Mapping[str, Any]

#: How the recorder begins a ledger's last line.
END = "# end"


def state(states: Sequence[State]) -> dict[str, Any]:
    """One recorder's state for all: counts are sums, and it runs when all of them do."""
    counts = ("users", "wanted", "requests", "rate", "errors")
    kinds = states[0]["arrivals"]
    return {
        "at": sum(each["at"] for each in states) / len(states),
        "state": next((each["state"] for each in states if each["state"] != "running"), "running"),
        **{name: sum(each[name] for each in states) for name in counts},
        "arrivals": {kind: sum(each["arrivals"][kind] for each in states) for kind in kinds},
        "error": next((each["error"] for each in states if each["error"]), ""),
    }


def ledger(parts: Sequence[bytes]) -> bytes:
    """One ledger (a gzip file) of several, in the order in which requests ended.

    Raises RecordTrouble when one is not whole.
    """
    headers, bodies = zip(*map(_lines, parts), strict=True)
    if len(set(headers)) > 1:
        raise RecordTrouble(f"ledgers of different loads: {' | '.join(sorted(set(headers)))}")
    lines = [line for body in bodies for line in body]
    try:
        column = headers[0].split(",").index("finished")
        lines.sort(key=lambda line: float(line.split(",", column + 1)[column]))
    except (ValueError, IndexError) as error:
        raise RecordTrouble(f"a worker's ledger is no ledger: {error}") from error
    return gzip.compress("\n".join([headers[0], *lines, f"{END},{len(lines)}", ""]).encode(), compresslevel=3)


def _lines(part: bytes) -> tuple[str, Sequence[str]]:
    """Its header and its rows, one a line."""
    try:
        text = gzip.decompress(part).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise RecordTrouble(
            f"a worker's ledger of {len(part):,} bytes is cut short or changed: {error}"
        ) from error
    header, *rows, end, rest = text.split("\n") if text.count("\n") > 1 else ("", "", "")
    if (end, rest) != (f"{END},{len(rows)}", ""):
        raise RecordTrouble(
            f"a worker's ledger of {counted(len(rows), 'row')} is cut short: it ends with {end!r}"
        )
    return header, rows
