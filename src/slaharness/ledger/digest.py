"""Columns of text as columns of 64-bit digests, so that ten million keys are compared in little memory. Pure.

Two of n different texts have one digest with a chance of n²/2⁶⁵: 3 in 10¹² for ten thousand, 3 in 10⁶ for
ten million. 0 is no text's digest: it stands for "none".
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Digests = npt.NDArray[np.uint64]

_WORD = 8
#: Of a word of eight bytes, the lowest 0 … 8.
_LOWEST = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)
_ODD, _SCATTER, _MORE = (
    np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


def of_texts(texts: pa.StringArray) -> Digests:
    """One digest for each text, 0 for an empty one. Nulls are not allowed."""
    if not len(texts):
        return np.zeros(0, np.uint64)
    starts, lengths, words = _laid_out(texts)
    digests = lengths.astype(np.uint64)
    whole = int(lengths.min()) // _WORD * _WORD
    for at in range(0, whole, _WORD):
        digests = fold(digests, words[starts + at])
    for at in range(whole, int(lengths.max()), _WORD):
        longer = np.flatnonzero(lengths > at)
        rest = np.minimum(lengths[longer] - at, _WORD)
        digests[longer] = fold(digests[longer], words[starts[longer] + at] & _LOWEST[rest])
    return digests


def fold(digests: Digests, words: Digests) -> Digests:
    """Digests of what was digested before together with one more word of 64 bits each; never 0."""
    mixed = (digests * _ODD) ^ words
    for shift, factor in ((30, _SCATTER), (27, _MORE)):
        mixed ^= mixed >> np.uint64(shift)
        mixed *= factor
    mixed ^= mixed >> np.uint64(31)
    never_zero: Digests = np.maximum(mixed, np.uint64(1))
    return never_zero


def _laid_out(texts: pa.StringArray) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], Digests]:
    """Where each text starts, how many bytes it has, and the word of eight bytes at each byte of them all."""
    _, offsets, data = texts.buffers()
    edges = np.frombuffer(offsets, np.int32, len(texts) + 1, 4 * texts.offset)
    held = np.zeros(int(edges[-1]) + _WORD, np.uint8)
    if edges[-1]:
        held[:-_WORD] = np.frombuffer(data, np.uint8, int(edges[-1]))
    words = np.ndarray(len(held) - _WORD + 1, "<u8", held, strides=(1,))
    return edges[:-1], np.diff(edges), words
