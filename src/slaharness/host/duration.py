"""Durations as people write them: ``500ms``, ``20s``, ``2m``, ``1h``."""

import re
from math import isfinite

from slaharness.errors import BadInput

#: Seconds that nobody waits.
LONGEST = 1e12
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str | float) -> float:
    """Seconds in ``text``; a bare number is seconds already. Raises BadInput when it is neither."""
    found = _read(text)
    if found is None or not (isfinite(found) and found >= 0):
        raise BadInput(f"{text!r} is not a duration; write it like 500ms, 20s, 2m or 1h")
    return found


def _read(text: object) -> float | None:
    """None for what neither is a number nor reads as a length; a number may be too large to be one."""
    if isinstance(text, str):
        found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]+)?)(ms|s|m|h)", text.strip())
        return float(found[1]) * _UNITS[found[2]] if found else None
    if not isinstance(text, int | float) or isinstance(text, bool) or abs(text) > LONGEST:
        return None
    return float(text)
