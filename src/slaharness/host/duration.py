"""Durations as people write them: ``500ms``, ``20s``, ``2m``, ``1h``."""

import re
from math import isfinite

from slaharness.errors import BadInput

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str | float) -> float:
    """Seconds in ``text``; a bare number is seconds already. Raises BadInput when it is neither."""
    if isinstance(text, int | float):
        if not (isfinite(text) and text >= 0):
            raise BadInput(f"{text} is not a duration; write seconds, or like 500ms, 20s, 2m or 1h")
        return float(text)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text.strip())
    if not found:
        raise BadInput(f"{text!r} is not a duration; write it like 500ms, 20s, 2m or 1h")
    return float(found[1]) * _UNITS[found[2]]
