"""The queries of an objective: checked when its file is read, rendered when a window is known.

A query is a template. ``$start`` and ``$end`` stand for the two ends of the window as PromQL timestamps,
``$window`` for its length as a PromQL duration:

    sum(requests_total @ $end) - sum(requests_total @ $start)      a client's counter, exact: no extrapolation
    max_over_time(replicas[$window] @ $end)                        a gauge over the whole window

Every series that a query reads must be tied to the window like this, so that asking later, or asking again,
gives the same answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, pairwise
from string import Template

from promql_parser import (
    BinaryExpr,
    Expr,
    MatrixSelector,
    SubqueryExpr,
    VectorSelector,
    parse,
    walk,
)

from slaharness.model import Objective, Phase, SourceType, Window

#: A window that no query names by chance: templates are checked as rendered for it.
PROBE = Window(Phase.FAULT, start=1_600_000_000.125, end=1_600_000_061.5)


@dataclass(frozen=True)
class Selector:
    """A set of series that a query reads: ``requests_total{outcome="ok"}``.

    ``whole`` tells how it is read: over all samples of the window, or only at the window's two ends.
    """

    text: str
    whole: bool

    def over(self, start: float, end: float) -> str:
        """The query for these series' own samples, with the times they were scraped at."""
        first, last = _milliseconds(start), _milliseconds(end)
        return f"{self.text}[{last - first}ms] @ {_stamp(last)}"


def render(template: str, window: Window) -> str:
    """Put the window into ``template``, to the millisecond, which is as fine as Prometheus keeps time."""
    start, end = _milliseconds(window.start), _milliseconds(window.end)
    return Template(template).safe_substitute(start=_stamp(start), end=_stamp(end), window=f"{end - start}ms")


def queries(objective: Objective, window: Window) -> dict[str, str]:
    """The rendered queries of ``objective`` by what they count: good and total, or value."""
    if objective.source is SourceType.RATIO:
        return {"good": render(objective.good, window), "total": render(objective.total, window)}
    return {"value": render(objective.total, window)}


def selectors(objective: Objective) -> tuple[Selector, ...]:
    """Every set of series that ``objective`` rests on, each once."""
    expressions = [parse(query) for query in queries(objective, PROBE).values()]
    whole: dict[str, bool] = {}
    for vector, matrix in chain.from_iterable(map(_vectors, expressions)):
        text = vector.prettify().rpartition(" @ ")[0]
        whole[text] = whole.get(text, False) or matrix is not None
    return tuple(Selector(text, needs_all) for text, needs_all in whole.items())


def vectors(objective: Objective) -> Iterator[VectorSelector]:
    """Every selector of ``objective``'s queries, as it stands there."""
    for query in queries(objective, PROBE).values():
        yield from (vector for vector, _ in _vectors(parse(query)))


def checked(template: str) -> str:
    """Return ``template`` if it is PromQL that reads the window and nothing else.

    Raises ValueError with the reason.
    """
    _must_name_the_window(template)
    expression = parse(render(template, PROBE))
    if isinstance(expression, MatrixSelector | SubqueryExpr):
        raise ValueError("gives a range of samples; one number is needed")  # noqa: TRY004 the query's type
    if any(isinstance(node, SubqueryExpr) for node in _nodes(expression)):
        raise ValueError("has a subquery, whose steps are not the samples that were scraped")
    vectors = list(_vectors(expression))
    if not vectors:
        raise ValueError("reads no series")
    for vector, matrix in vectors:
        _must_read_the_window(vector, matrix)
    return template


def unfilled(template: str) -> str:
    """Return ``template`` if no ``or`` in it can stand in for series that are missing.

    That is for totals: one that is not there must stay unknown. Raises ValueError.
    """
    for node in _nodes(parse(render(template, PROBE))):
        if isinstance(node, BinaryExpr) and str(node.op) == "or":
            raise ValueError("has an `or`, which turns missing series into a number; a total must be counted")
    return template


def _must_name_the_window(template: str) -> None:
    names = set(Template(template).get_identifiers())
    if unknown := names - {"start", "end", "window"}:
        raise ValueError(f"holds ${min(unknown)}; only $start, $end and $window are known")
    if "end" not in names or not names & {"start", "window"}:
        raise ValueError("lacks the window: it must hold $end, and $start or $window")


def _must_read_the_window(vector: VectorSelector, matrix: MatrixSelector | None) -> None:
    """Raise ValueError unless the series are read at the window's ends, or over all of it."""
    name = vector.name or "a selector"
    if vector.matchers.or_matchers:
        raise ValueError(f"{name}: `or` between matchers is not PromQL that Prometheus reads")
    if vector.offset:
        raise ValueError(f"{name}: an offset reads outside the window")
    stamp = vector.at.at.timestamp() if vector.at and vector.at.at else None
    if matrix and (matrix.range != timedelta(seconds=PROBE.seconds) or stamp != PROBE.end):
        raise ValueError(f"{name}: a range must be [$window] @ $end, so that it is the window and no more")
    if stamp not in {PROBE.start, PROBE.end}:
        raise ValueError(f"{name}: say when: {name} @ $start or {name} @ $end")


def _vectors(expression: Expr) -> Iterator[tuple[VectorSelector, MatrixSelector | None]]:
    """Each vector selector with the range around it, if any; the walk meets the range first."""
    for before, node in pairwise([None, *_nodes(expression)]):
        if isinstance(node, VectorSelector):
            yield node, before if isinstance(before, MatrixSelector) else None


def _nodes(expression: Expr) -> list[Expr]:
    found: list[Expr] = []
    walk(expression, found.append)
    return found


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _stamp(milliseconds: int) -> str:
    """Write a time by its digits, so that ends and lengths never round apart."""
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"
