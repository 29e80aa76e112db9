"""Which requests an objective counts, told so that the ledger can count them too. Pure.

An objective asks the clients' counters by labels; the ledger knows a request's name, its outcome and how long
it took. What a query selects is told by the series of the record: a matcher that leaves none of them out asks
nothing, however it is written.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from promql_parser import Matcher, MatchOp, VectorSelector, parse

from slaharness.ledger.ledger import Ledger
from slaharness.ledger.witness import client_sli
from slaharness.ledger.witness.client_sli import Flags, Ratio, Sent
from slaharness.ledger.witness.scrapes import COUNTER
from slaharness.metrics.evidence import Series
from slaharness.model import Objective, SourceType, Window
from slaharness.objectives import counts, promql

#: The clients' counters: of requests, of those that ended within a bound (``le``), and of all with a bound.
BUCKET, COUNT = "loadgen_request_duration_seconds_bucket", "loadgen_request_duration_seconds_count"
CLIENTS = frozenset({COUNTER, BUCKET, COUNT})
#: By what the ledger can tell requests apart.
KNOWN = ("name", "outcome", "le")
_WITHOUT_BOUND = frozenset({"", "+Inf"})


@dataclass(frozen=True)
class Asked:
    """Requests with one of ``names`` (none: with any); good are those within ``threshold`` seconds."""

    threshold: float | None
    names: frozenset[str]

    def ended(self, ledger: Ledger, window: Window) -> Ratio:
        """Those that ended in the window, as counters count them."""
        if self.threshold is None:
            return client_sli.availability(ledger, window, self.names)
        return client_sli.latency_ratio(ledger, window, self.threshold, self.names)

    def due(
        self, ledger: Ledger, window: Window, sent: Sent = Sent.AS_IT_WAS, excused: Flags | None = None
    ) -> Ratio:
        """Those that were meant to be sent in the window, whenever they ended."""
        return client_sli.due(ledger, window, self.threshold, self.names, sent, excused=excused)

    def complaints(self, ledger: Ledger, window: Window, since: float) -> str:
        """What was wrong with those that ended in the window and were not good."""
        return client_sli.complaints(ledger, window, since, self.threshold, self.names)

    def complaints_of_due(self, ledger: Ledger, window: Window) -> str:
        """What was wrong with those that were due in the window and were not good."""
        return client_sli.complaints_of_due(ledger, window, self.threshold, self.names)


def of_clients(objective: Objective) -> bool:
    """Whether the objective is a ratio of the clients' own counters alone."""
    if objective.source is not SourceType.RATIO:
        return False
    return {promql.metric(one) for one in promql.vectors(objective)} <= CLIENTS


def asked(objective: Objective, kept: Sequence[Series]) -> Asked | None:
    """What to ask the ledger; None when it does not know by what the objective tells requests apart.

    Raises ValueError when the record's series ``kept`` lack all that the objective reads.
    """
    if not of_clients(objective):
        return None
    good = _less_the_bad(objective, kept)
    total = [_selection(vector, kept) for vector in promql.vectors_by_query(objective)["total"]]
    if good is None or good.outcomes != {"ok"} or len(good.bounds) != 1:
        return None
    whole = all(
        one and one.every_outcome and one.bounds <= _WITHOUT_BOUND and one.names == good.names
        for one in total
    )
    if not whole:
        return None
    (bound,) = good.bounds
    every = frozenset(one.labels.get("name", "") for one in kept if one.name in CLIENTS)
    names = frozenset() if good.names == every else good.names
    return Asked(None if bound in _WITHOUT_BOUND else float(bound), names)


def cannot_fail(objective: Objective, kept: Sequence[Series]) -> bool:
    """Whether its good requests are all requests, of the load's own counters, so that none could be bad.

    These tell each outcome from the beginning, so series ``kept`` of a run tell it; anybody else's may have
    none yet for what has not failed yet.
    """
    if not of_clients(objective):
        return False
    good, total = (_times_each(query, kept) for query in (objective.good, objective.total))
    return bool(total) and good == total


def _times_each(query: str, kept: Sequence[Series]) -> Mapping[frozenset[tuple[str, str]], int]:
    """How often the query counts the requests of each series, by its labels; without a bound all are one."""
    found: Counter[frozenset[tuple[str, str]]] = Counter()
    for selector, times in counts.net(query).items():
        vector = _vector(selector)
        for one in kept:
            if one.name == promql.metric(vector) and _reads(vector, one.labels):
                bound = one.labels.get("le", "")
                of = {} if bound in _WITHOUT_BOUND else {"__name__": one.name, "le": bound}
                found[frozenset({**one.labels, "__name__": "", "le": "", **of}.items())] += times
    return {requests: times for requests, times in found.items() if times}


@dataclass(frozen=True)
class _Selection:
    """What one selector reads of its metric: all the series that have one of these words for each label."""

    names: frozenset[str]
    outcomes: frozenset[str]
    bounds: frozenset[str]
    every_outcome: bool


def _less_the_bad(objective: Objective, kept: Sequence[Series]) -> _Selection | None:
    """The good requests, which may be told as all less the bad; None when they are told otherwise."""
    left = counts.net(objective.good)
    read = {times: _selection(_vector(selector), kept) for selector, times in left.items()}
    if [*left.values()] == [1]:
        return read[1]
    every, bad = read.get(1), read.get(-1)
    if len(left) != len(read) or not every or not bad:  # more than one of each
        return None
    if (every.names, every.bounds) != (bad.names, bad.bounds):
        return None
    return replace(every, outcomes=every.outcomes - bad.outcomes)


def _vector(selector: str) -> VectorSelector:
    return next(promql.reads(parse(selector))).vector


def _selection(vector: VectorSelector, kept: Sequence[Series]) -> _Selection | None:
    """None when it reads fewer series than those, by a label that the ledger does not know."""
    there = [one.labels for one in kept if one.name == promql.metric(vector)]
    if not there:
        raise ValueError(f"no {promql.metric(vector)} is in the record, so its ledger cannot be compared")
    read = [one for one in there if _reads(vector, one)]
    words = tuple(frozenset(one.get(label, "") for one in read) for label in KNOWN)
    alike = [
        one
        for one in there
        if all(one.get(label, "") in some for label, some in zip(KNOWN, words, strict=True))
    ]
    if len(alike) > len(read):
        return None
    names, outcomes, bounds = words
    every = {one.get("outcome", "") for one in there if one.get("name", "") in names}
    return _Selection(names, outcomes, bounds, every_outcome=outcomes == every)


def _reads(vector: VectorSelector, labels: Mapping[str, str]) -> bool:
    return all(_matches(labels, each) for each in vector.matchers.matchers)


def _matches(labels: Mapping[str, str], matcher: Matcher) -> bool:
    """As Prometheus does: a missing label is an empty one, an expression is RE2 and matches all of it."""
    value = labels.get(matcher.name, "")
    if matcher.op == MatchOp.Equal or matcher.op == MatchOp.NotEqual:  # noqa: PLR1714 - they have no hash
        return bool(value == matcher.value) is bool(matcher.op == MatchOp.Equal)
    found = pc.match_substring_regex(pa.array([value]), f"^(?s:{matcher.value})$")[0].as_py()
    return bool(found) is bool(matcher.op == MatchOp.Re)
