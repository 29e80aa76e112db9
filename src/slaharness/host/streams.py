"""What people read, where their terminal or log has not all of our characters: in others, never an error."""

import codecs
import sys
from io import TextIOWrapper

HANDLER = "slaharness.plain"
#: What says the same in ASCII.
PLAIN = {
    "≥": ">=", "≤": "<=", "≠": "!=", "→": "->", "…": "...", "·": "*", "✓": "ok", "✗": "!!",
    "│": "|", "┃": "|", "─": "-", "━": "-", "—": "-", "“": '"', "”": '"',
    "\N{MULTIPLICATION SIGN}": "x", "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
}  # fmt: skip


def readable() -> None:
    """Have standard output and error print what they cannot encode as something like it."""
    codecs.register_error(HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """For what cannot be encoded: also the rests of names that are no text, which no encoding has."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    return "".join(PLAIN.get(one, "?") for one in unknown), error.end
