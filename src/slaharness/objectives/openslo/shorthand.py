"""Durations as OpenSLO writes them: ``5m``, ``1h``, ``28d``, ``4w``, ``1M`` (month), ``1Q``, ``1Y``."""

import re
from typing import Annotated

from pydantic import AfterValidator

_DAY = 86400
_SECONDS = {"m": 60, "h": 3600, "d": _DAY, "w": 7 * _DAY, "M": 30 * _DAY, "Q": 90 * _DAY, "Y": 365 * _DAY}
#: Minutes that no run lasts.
_FOREVER = 10**9


def _written(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,5}[mhdwMQY]", value):
        raise ValueError(f"is {value!r:.60}; write a number with m, h, d, w, M, Q or Y, as 28d")
    return value


Shorthand = Annotated[str, AfterValidator(_written)]


def seconds(shorthand: str) -> float:
    """The length of ``shorthand``; a month counts 30 days, a quarter 90 and a year 365."""
    return float(int(shorthand[:-1]) * _SECONDS[shorthand[-1]])


def slice_seconds(window: object) -> float:
    """The length of a slice. OpenSLO has a unit, or a bare number of minutes: 0.1 is six seconds."""
    match window:
        case bool():
            pass
        case int() | float() if window < _FOREVER:
            return round(window * 60.0, 3)
        case str() if re.fullmatch(r"[1-9][0-9]{0,5}[mhdw]", window):
            return seconds(window)
    raise ValueError(f"is {repr(window)[:60]}; write minutes, like 0.25, or a number with m, h, d or w")
