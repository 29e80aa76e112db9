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
from itertools import chain
from string import Template

from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    ParenExpr,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    parse,
)

from slaharness.model import Objective, Phase, SourceType, Window

#: A window that no query names by chance: templates are checked as rendered for it.
PROBE = Window(Phase.FAULT, start=1_600_000_000.125, end=1_600_000_061.5)


#: Functions that read a counter over a range, and make up for its resets with a guess.
OF_COUNTERS = {"increase", "rate", "irate"}
#: Ends of the names of counters, as OpenMetrics has them.
COUNTERS = ("_total", "_bucket")
#: What gives a number where there is none.
STAND_INS = {"absent", "absent_over_time", "scalar", "vector"}
#: What leaves no number where it does not hold.
FILTERS = {">", "<", ">=", "<=", "==", "!=", "and", "unless"}
#: What keeps a number from being as bad as it is.
BOUNDS = {"clamp", "clamp_min", "clamp_max"}
#: What estimates between two bounds or two samples, and counts no request.
QUANTILES = {"histogram_quantile", "histogram_fraction", "quantile_over_time", "quantile"}


@dataclass(frozen=True)
class Selector:
    """A set of series that a query reads: ``requests_total{outcome="ok"}``.

    ``whole`` tells how it is read: over all samples of the window, or only at the window's two ends.
    ``counter``: a function of counters reads it.
    """

    text: str
    whole: bool
    counter: bool = False

    @property
    def only_grows(self) -> bool:
        """Whether it is a counter, as far as the query and the name tell: one that falls began again."""
        return not self.whole or self.counter or self.text.partition("{")[0].endswith(COUNTERS)

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
    whole: dict[str, bool] = {}
    counters: set[str] = set()
    for query in queries(objective, PROBE).values():
        for read in reads(parse(query)):
            text = bare(read.vector)
            whole[text] = whole.get(text, False) or read.matrix is not None
            counters |= {text} if read.function in OF_COUNTERS else set()
    return tuple(Selector(text, needs_all, text in counters) for text, needs_all in whole.items())


def vectors(objective: Objective) -> Iterator[VectorSelector]:
    """Every selector of ``objective``'s queries, as it stands there."""
    yield from chain.from_iterable(vectors_by_query(objective).values())


def vectors_by_query(objective: Objective) -> dict[str, list[VectorSelector]]:
    """The selectors of each of ``objective``'s queries by what it counts: good and total, or value."""
    return {
        name: [read.vector for read in reads(parse(query))]
        for name, query in queries(objective, PROBE).items()
    }


def checked(template: str) -> str:
    """Return ``template`` if it is PromQL that reads the window and nothing else.

    Raises ValueError with the reason.
    """
    _must_name_the_window(template)
    expression = parse(render(template, PROBE))
    if isinstance(expression, MatrixSelector | SubqueryExpr):
        raise ValueError("gives a range of samples; one number is needed")  # noqa: TRY004 the query's type
    if any(isinstance(node, SubqueryExpr) for node in nodes(expression)):
        raise ValueError("has a subquery, whose steps are not the samples that were scraped")
    found = list(reads(expression))
    if not found:
        raise ValueError("reads no series")
    for read in found:
        _must_read_the_window(read.vector, read.matrix)
    return template


def unfilled(template: str) -> str:
    """Return ``template`` if nothing in it stands in for series that are missing, or guesses a quantile.

    A number that is not there must stay unknown. Raises ValueError.
    """
    for node in nodes(parse(render(template, PROBE))):
        name = _name(node)
        if name == "or":
            raise ValueError("has an `or`, which turns missing series into a number; a total must be counted")
        if name in STAND_INS or (
            isinstance(node, BinaryExpr) and node.modifier and node.modifier.return_bool
        ):
            raise ValueError(f"has `{name}`, which gives a number where there may be none to read")
        if name in FILTERS:
            raise ValueError(
                f"has `{name}`, which leaves no number where it does not hold; hold the number itself to "
                "`op` and `value`"
            )
        if name in BOUNDS:
            raise ValueError(
                f"has `{name}`, which bounds the number that is held to the target; hold what was measured"
            )
        if name in QUANTILES:
            raise ValueError(
                f"has `{name}`, which estimates between samples or bounds; "
                'count the requests under a bound with a ratioMetric, its good a bucket {le="BOUND"}'
            )
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
    stamp = instant(vector)
    if matrix and (matrix.range != timedelta(seconds=PROBE.seconds) or stamp != PROBE.end):
        raise ValueError(f"{name}: a range must be [$window] @ $end, so that it is the window and no more")
    if stamp not in {PROBE.start, PROBE.end}:
        raise ValueError(f"{name}: say when: {name} @ $start or {name} @ $end")


@dataclass(frozen=True)
class Read:
    """A selector where it stands in a query, with the range and the function around it, if any."""

    vector: VectorSelector
    matrix: MatrixSelector | None = None
    function: str = ""


def reads(expression: Expr, function: str = "") -> Iterator[Read]:
    """Every selector of ``expression``, in the order of its text."""
    if isinstance(expression, VectorSelector):
        yield Read(expression)
    elif isinstance(expression, MatrixSelector):
        yield Read(expression.vector_selector, expression, function)
    else:
        name = expression.func.name if isinstance(expression, Call) else ""
        for child in children(expression):
            yield from reads(child, name)


def nodes(expression: Expr) -> Iterator[Expr]:
    """``expression`` and all that it is made of, from the outside in."""
    yield expression
    for child in children(expression):
        yield from nodes(child)


def children(expression: Expr) -> list[Expr]:
    """What ``expression`` is made of."""
    match expression:
        case AggregateExpr():
            return [one for one in (expression.param, expression.expr) if one]
        case BinaryExpr():
            return [expression.lhs, expression.rhs]
        case Call():
            return list(expression.args)
        case ParenExpr() | UnaryExpr() | SubqueryExpr():
            return [expression.expr]
        case MatrixSelector():
            return [expression.vector_selector]
        case _:
            return []


def bare(vector: VectorSelector) -> str:
    """The selector alone, without the instant that it is read at."""
    text: str = vector.prettify()
    return text.rpartition(" @ ")[0] if vector.at else text


def metric(vector: VectorSelector) -> str:
    """The metric that is selected by name, before the braces or in them; "" for one that is not."""
    named = (one.value for one in vector.matchers.matchers if one.name == "__name__")
    return vector.name or next(named, "")


def instant(vector: VectorSelector) -> float | None:
    """When the selector is read, as its own text says."""
    return vector.at.at.timestamp() if vector.at and vector.at.at else None


def _name(node: Expr) -> str:
    """The function's name, or the operator's."""
    match node:
        case Call():
            return str(node.func.name)
        case AggregateExpr() | BinaryExpr():
            return str(node.op)
        case _:
            return ""


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _stamp(milliseconds: int) -> str:
    """Write a time by its digits, so that ends and lengths never round apart."""
    return f"{milliseconds // 1000}.{milliseconds % 1000:03d}"
