"""Buckets of a histogram: requests under a bound are only counted where the histogram has that bound. Pure.

PromQL reads one bucket by its label ``le``. Whether there is such a bucket, and whether its count can be
believed, only shows beside the others.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from promql_parser import VectorSelector, parse

from slaharness.metrics.evidence import Series
from slaharness.objectives.promql import Selector

#: The bounds of one histogram, each with its samples' counts by the time they were scraped at.
Histogram = list[tuple[float, dict[float, float]]]


def every(selector: Selector) -> Selector | None:
    """All buckets of the histogram of which ``selector`` reads one; None when it reads no bucket."""
    vector = parse(selector.text)
    if not isinstance(vector, VectorSelector) or all(one.name != "le" for one in vector.matchers.matchers):
        return None
    # The parser writes matchers as they are, without escapes, so that is done here.
    rest = [
        str(one).partition('"')[0] + json.dumps(one.value, ensure_ascii=False)
        for one in vector.matchers.matchers
        if one.name != "le"
    ]
    return Selector(f"{vector.name or ''}{{{', '.join(rest)}}}", whole=selector.whole)


def problems(selector: Selector, chosen: Sequence[Series], buckets: Sequence[Series]) -> tuple[str, ...]:
    """What speaks against the series ``chosen`` by ``selector``, seen among all ``buckets``."""
    problems = [problem for one in _histograms(buckets).values() for problem in _faults(one)]
    bounds = {_bound(one.labels.get("le", "")) for one in chosen}
    lacking = [one for one in _histograms(buckets).values() if not bounds & {bound for bound, _ in one}]
    if chosen and lacking:
        some = f"{len(lacking)} of {len(_histograms(buckets))} histograms have"
        problems.append(f"{some} no such bucket; what they count is missing")
    if buckets and not chosen:
        problems.append(f"no such bucket; the histogram's bounds are {_bounds(buckets)}")
    return tuple(f"{selector.text}: {problem}" for problem in dict.fromkeys(problems))


def _bounds(buckets: Sequence[Series]) -> str:
    return ", ".join(sorted({one.labels.get("le", "none") for one in buckets}, key=_bound))


def _histograms(buckets: Sequence[Series]) -> Mapping[frozenset[tuple[str, str]], Histogram]:
    """The buckets of each histogram, told apart by their other labels, from the lowest bound up."""
    found: defaultdict[frozenset[tuple[str, str]], Histogram] = defaultdict(list)
    for one in sorted(buckets, key=lambda bucket: _bound(bucket.labels.get("le", ""))):
        others = frozenset((name, value) for name, value in one.labels.items() if name != "le")
        found[others].append((_bound(one.labels.get("le", "")), dict(one.samples)))
    return found


def _faults(histogram: Histogram) -> Iterator[str]:
    """A bound twice, or a count that is less than the count under a lower bound, which it includes."""
    for bound, times in Counter(bound for bound, _ in histogram).items():
        if times > 1:
            yield f"the histogram has the bound {bound:g} {times} times"
    for (low, below), (high, above) in pairwise(histogram):
        if any(above[at] < count for at, count in below.items() if at in above):
            yield f"the histogram counts fewer requests under {high:g} than under {low:g}"


def _bound(le: str) -> float:
    """The bound as a number; a label that is none sorts last and equals nothing."""
    try:
        return float(le)
    except ValueError:
        return float("nan")
