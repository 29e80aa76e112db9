"""What a ratio's good and total may be: plain counts over the window, so that no requests read as none.

Allowed are sums of counters' growth, added and subtracted. All else is refused with the query that would do:
a constant, ``clamp_min`` or ``or`` makes a number of what nobody counted, and ``rate`` counts no requests.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby

from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    ParenExpr,
    VectorSelector,
    parse,
)

from slaharness.objectives import promql

#: Functions that change labels, and no counts.
RELABELLING = {"label_replace", "label_join"}
#: A recording rule's name whose numbers grow and shrink.
RATED = re.compile(r":[a-z_]*(rate|ratio|increase|delta|deriv|avg|mean|quantile)[a-z_0-9]*$")
START, END, GROWTH = "start", "end", "growth"


@dataclass(frozen=True)
class Term:
    """A counter in a count: what it has at an end of the window, or its growth; added (1) or subtracted (-1).

    ``summed``: one number, with no labels left.
    """

    selector: str
    read: str
    sign: int = 1
    summed: bool = False


@dataclass(frozen=True)
class Dialect:
    """How a query becomes terms: the functions that give a growth, and what is read at which instant."""

    functions: AbstractSet[str]
    instants: dict[float | None, str]


class WithoutPartner(ValueError):
    """Counters were added label by label; ``terms`` are what was meant to be added."""

    def __init__(self, terms: Sequence[Term]) -> None:
        super().__init__("loses series without a partner when it adds label by label; sum() each first")
        self.terms = terms


OURS = Dialect({"increase"}, {promql.PROBE.start: START, promql.PROBE.end: END})


def counted(template: str) -> str:
    """Return ``template`` if it is a plain count over the window.

    Raises ValueError with the reason, and with the query that would do.
    """
    promql.checked(template)
    expression = parse(promql.render(template, promql.PROBE))
    growth(expression, OURS)
    for read in promql.reads(expression):
        _countable(read.vector)
    return template


def _countable(vector: VectorSelector) -> None:
    """Raise ValueError for series whose growth counts no requests, as their name tells."""
    name = promql.metric(vector)
    if name.endswith("_bucket") and not any(one.name == "le" for one in vector.matchers.matchers):
        raise ValueError(
            f'adds up all buckets of {name}, where a request is in each that it is under; name one: le="0.5"'
        )
    if RATED.search(name):
        raise ValueError(
            f"takes the growth of {name}, which a recording rule made, and which is no counter; write the "
            "counters that the rule reads"
        )


def growth(expression: Expr, dialect: Dialect) -> list[Term]:
    """The counters whose growth ``expression`` adds up. Raises ValueError when it is anything else.

    It reads some series.
    """
    try:
        return _grown(_terms(expression, dialect))
    except ValueError as error:
        raise ValueError(f"{error}; write {_instead(expression, dialect)}") from error


def net(template: str) -> dict[str, int]:
    """How often each counter's growth is in the count ``template``, when all is added up; none at 0."""
    found: dict[str, int] = {}
    for term in _terms(parse(promql.render(template, promql.PROBE)), OURS):
        if term.read != START:
            found[term.selector] = found.get(term.selector, 0) + term.sign
    return {selector: times for selector, times in found.items() if times}


def text(terms: Sequence[Term]) -> str:
    """The template that counts just this, from the counters' values at both ends of the window."""
    parts = [_difference(term) for term in terms]
    rest = (f" + {one}" if term.sign == 1 else f" - ({one})" for term, one in zip(terms, parts, strict=True))
    return "".join(rest).removeprefix(" + ")


def _difference(term: Term) -> str:
    about = "sum({} @ ${})" if term.summed else "{} @ ${}"
    return f"{about.format(term.selector, END)} - {about.format(term.selector, START)}"


def _terms(node: Expr, dialect: Dialect) -> list[Term]:
    match node:
        case ParenExpr():
            return _terms(node.expr, dialect)
        case AggregateExpr() if str(node.op) == "sum":
            return _summed(node, dialect)
        case BinaryExpr() if str(node.op) in {"+", "-"}:
            return _added(node, dialect)
        case Call() if node.func.name in RELABELLING:
            return _terms(node.args[0], dialect)
        case Call() if node.func.name in dialect.functions and isinstance(node.args[0], MatrixSelector):
            return [Term(promql.bare(node.args[0].vector_selector), GROWTH)]
        case VectorSelector() if (read := dialect.instants.get(promql.instant(node))) is not None:
            return [Term(promql.bare(node), read)]
    raise ValueError(_refusal(node))


def _summed(node: AggregateExpr, dialect: Dialect) -> list[Term]:
    if node.modifier:
        raise ValueError("gives a number for each group, where one is needed")
    return [replace(term, summed=True) for term in _terms(node.expr, dialect)]


def _added(node: BinaryExpr, dialect: Dialect) -> list[Term]:
    left, right = _terms(node.lhs, dialect), _terms(node.rhs, dialect)
    sign = 1 if str(node.op) == "+" else -1
    both = left + [replace(term, sign=sign * term.sign) for term in right]
    one_counter = len({term.selector for term in both}) == 1
    if not one_counter and not all(term.summed for term in both):
        raise WithoutPartner(both)
    return both


def _grown(terms: Sequence[Term]) -> list[Term]:
    """The terms with each counter's two ends as one growth."""
    found = []
    for selector, of_one in groupby(
        sorted(terms, key=lambda term: term.selector), lambda term: term.selector
    ):
        some = list(of_one)
        ends = {read: sum(term.sign for term in some if term.read == read) for read in (START, END, GROWTH)}
        if ends[END] != -ends[START]:
            raise ValueError(f"does not subtract {selector} at $start from {selector} at $end")
        if abs(sign := ends[END] + ends[GROWTH]) != 1:
            raise ValueError(f"counts {selector} {sign} times")
        found.append(Term(selector, GROWTH, sign, all(term.summed for term in some)))
    if all(term.sign == -1 for term in found):
        raise ValueError(
            "is less the more is counted: what is at $end comes first, and what was at $start off it"
        )
    first = [term.selector for term in terms]
    return sorted(found, key=lambda term: (-term.sign, first.index(term.selector)))


def _instead(expression: Expr, dialect: Dialect) -> str:
    """The count nearest to ``expression``: a part of it that is one, or its first counter's growth."""
    for node in promql.nodes(expression):
        try:
            return text(_grown(_all_summed(_terms(node, dialect))))
        except WithoutPartner as error:
            return text(_grown(_all_summed(error.terms)))
        except ValueError:
            continue
    first = next(promql.reads(expression))
    return text([Term(promql.bare(first.vector), GROWTH, summed=True)])


def _all_summed(terms: Sequence[Term]) -> list[Term]:
    return [replace(term, summed=True) for term in terms]


def _refusal(node: Expr) -> str:
    match node:
        case VectorSelector():
            return f"reads {promql.bare(node)} at no end of the window"
        case BinaryExpr() if str(node.op) == "or":
            return "has an `or`, which turns missing series into a number"
        case BinaryExpr() | AggregateExpr():
            return f"has `{node.op}`, which makes it no count of requests"
        case Call():
            return f"has `{node.func.name}`, which makes it no count of requests"
        case _:
            return f"has {node.prettify()} in it, which counts no requests"
