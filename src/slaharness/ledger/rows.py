"""What a write stores, as the ledger and the readback tell it: ``station|at|temperature``. Pure.

``at`` is milliseconds since the epoch, the temperature is in °C. Both tell of ten millions, so a value is
kept as one digest; two values are the same when their texts name the same station and equal numbers.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from slaharness.ledger import digest
from slaharness.ledger.digest import Digests

_MARK = "|"
_FIELDS = 3
#: Less than Arrow reads, but nothing that it does not.
_READABLE = r"^[^|]*\|-?[0-9]{1,18}\|-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?$"


class Values(NamedTuple):
    """A digest for each value (0: it is none of a reading), and the stations that they name."""

    digests: Digests
    stations: frozenset[str]


def values(texts: pa.StringArray) -> Values:
    """Read a column of values; not one of them must be a reading."""
    readable = pc.not_equal(texts, "")
    try:
        held = _read(texts.filter(readable))
    except pa.ArrowInvalid:
        readable = pc.match_substring_regex(texts, _READABLE)
        held = _read(texts.filter(readable))
    found = np.zeros(len(texts), np.uint64)
    found[readable.to_numpy(zero_copy_only=False)] = held.digests
    return Values(found, held.stations)


def digests(station: pa.StringArray, at: pa.Int64Array, temperature: pa.DoubleArray) -> Digests:
    """One digest for each reading."""
    # Adding 0.0 makes one zero of the two.
    degrees = temperature.to_numpy(zero_copy_only=False) + 0.0
    dated = digest.fold(digest.of_texts(station), at.to_numpy(zero_copy_only=False).view(np.uint64))
    return digest.fold(dated, degrees.view(np.uint64))


def _read(texts: pa.StringArray) -> Values:
    """Raises ArrowInvalid when one of them is no reading."""
    fields = pc.split_pattern(texts, _MARK)
    if pc.any(pc.not_equal(pc.list_value_length(fields), _FIELDS)).as_py():
        raise pa.ArrowInvalid(f"not {_FIELDS} fields")
    flat = fields.flatten()
    station, at, temperature = (flat.take(_every(index, len(texts))) for index in range(_FIELDS))
    found = digests(station, at.cast(pa.int64()), temperature.cast(pa.float64()))
    return Values(found, frozenset(pc.unique(station).to_pylist()))


def _every(first: int, count: int) -> pa.Int64Array:
    return pa.array(np.arange(first, first + _FIELDS * count, _FIELDS))
