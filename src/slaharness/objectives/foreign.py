"""Queries as other tools have them, over ranges of their own, become queries over our window, or are refused.

``sum(rate(x[5m]))`` of Pyrra, ``sum(rate(x[{{.window}}]))`` of Sloth, ``increase(x[$__interval])`` of
dashboards, and OpenSLO's bare ``sum(x)`` of a counter all mean, over one window, how much ``x`` grew.
"""

import re
from dataclasses import dataclass, replace
from string import Template

from promql_parser import Expr, MatrixSelector, SubqueryExpr, VectorSelector, parse

from slaharness.objectives import counts, promql

#: Where other tools leave the length of a range open: ``[{{.window}}]``, ``[$__interval]``, ``[${range}]``.
OPEN = re.compile(r"\[\s*(?:\{\{-?\s*\.?\w+\s*-?\}\}|\$\w+|\$\{\w+\})\s*\]")
THEIRS = counts.Dialect({"increase", "rate"}, {None: counts.GROWTH})
#: In their place, while the query is read: a length that nobody writes.
LEFT_OPEN = "1409w"
#: In the names that recording rules give; and the end of one whose numbers are made over a range.
RECORDED, RANGED = ":", re.compile(r":[^:]*?(\d+[smhdwy])$")
#: Functions whose answer does not grow with the range, so that it means the same over ours.
RANGES = {"rate", "avg_over_time", "max_over_time", "min_over_time", "stddev_over_time", "deriv"}

#: Functions that make a guess at what was counted between a window's ends and the samples nearest to them.
EXTRAPOLATED = {"increase", "rate"}
#: One of those over our window; the selector may have brackets and braces in its words.
GROWN = re.compile(
    r'\b(increase|rate)\s*\(\s*((?:"(?:[^"\\]|\\.)*"|[^"()\[\]])+?)'
    r"\s*\[\s*\$(?:window|\{window\})\s*\]\s*@\s*\$(?:end|\{end\})\s*\)"
)


@dataclass(frozen=True)
class Query:
    """A template over our window, and what was ``written`` where that is not the same.

    ``unit`` is what the numbers were as written: counts a second, or over a range; "" of our own form.
    """

    text: str
    written: str = ""
    unit: str = ""


def count(template: str) -> Query:
    """The query of a ratio's good, bad or total. Raises ValueError with the reason, and what would do."""
    if _is_ours(template):
        return _as_difference(counts.counted(template))
    expression = _parsed(template)
    for one in promql.reads(expression):
        if not one.matrix and RECORDED in (name := promql.metric(one.vector)):
            raise ValueError(
                f"reads {name}, which a recording rule made, at one instant: whether that is a "
                "count or a rate nobody knows; write the counters that the rule reads"
            )
    unit = _unit(expression)
    # Theirs are added up by whoever asks: a count is one number.
    grown = [replace(term, summed=True) for term in counts.growth(expression, THEIRS)]
    return Query(counts.counted(counts.text(grown)), template, unit)


def number(template: str) -> Query:
    """The query of a threshold. Raises ValueError with the reason, and what would do."""
    if _is_ours(template):
        checked = promql.unfilled(promql.checked(_subtracted(template)))
        _begins_inside(parse(promql.render(checked, promql.PROBE)))
        return Query(_not_extrapolated(checked), "" if checked == template else template)
    expression = _parsed(template)
    _begins_inside(expression)
    read = _over_the_window(expression)
    for one in promql.reads(expression):
        if one.function not in RANGES:
            raise ValueError(f"{_refusal(one)}; write {read}")
    return Query(_not_extrapolated(promql.unfilled(promql.checked(_subtracted(read)))), template)


def _as_difference(template: str) -> Query:
    """A count of our own form, subtracted where it reads ``increase``: Prometheus would extrapolate."""
    expression = parse(promql.render(template, promql.PROBE))
    if not any(one.function in EXTRAPOLATED for one in promql.reads(expression)):
        return Query(template)
    return Query(counts.text(counts.growth(expression, counts.OURS)), template)


def _subtracted(template: str) -> str:
    """The number with each growth over the window as a difference of its ends, by its length for a rate."""

    def difference(found: re.Match[str]) -> str:
        grown = f"({found[2]} @ $end - {found[2]} @ $start)"
        return grown if found[1] == "increase" else f"({grown} / ($end - $start))"

    return GROWN.sub(difference, template)


def _not_extrapolated(template: str) -> str:
    """Return ``template`` if nothing in it reaches beyond its samples. Raises ValueError."""
    for one in promql.reads(parse(promql.render(template, promql.PROBE))):
        if one.function in EXTRAPOLATED:
            read = promql.bare(one.vector)
            raise ValueError(
                f"has `{one.function}`, which extrapolates; write {read} @ $end - {read} @ $start"
            )
    return template


def _is_ours(template: str) -> bool:
    return bool({"start", "end"} & set(Template(template).get_identifiers()))


def _parsed(template: str) -> Expr:
    """The query with some length for every open range. Raises ValueError for what no range of ours can be."""
    closed = OPEN.sub(f"[{LEFT_OPEN}]", template)
    if left := re.search(r"\{\{.*?\}\}|\$\{?[A-Za-z_]\w*\}?", closed):  # but for $1 of label_replace
        raise ValueError(f"holds {left[0]}; only $start, $end and $window are known")
    expression = parse(closed)
    if any(isinstance(node, SubqueryExpr) for node in promql.nodes(expression)):
        raise ValueError("has a subquery, whose steps are not the samples that were scraped")
    for node in promql.nodes(expression):
        if isinstance(node, VectorSelector) and (node.offset or node.at):
            raise ValueError(f"{promql.bare(node)}: an offset or `@` reads outside the window")
    if isinstance(expression, MatrixSelector):
        raise ValueError("gives a range of samples; one number is needed")  # noqa: TRY004 the query's type
    if not any(True for _ in promql.reads(expression)):
        raise ValueError("reads no series")
    return expression


def _unit(expression: Expr) -> str:
    """What all its numbers are. Raises ValueError where they are not alike: their sum would mean nothing."""
    units = sorted({_counts(one) for one in promql.reads(expression)})
    if len(units) > 1:
        raise ValueError(f"adds up {' and '.join(units)}; ask for all of them alike")
    return units[0]


def _counts(read: promql.Read) -> str:
    if not read.matrix:
        return "counts from their beginning"
    length = read.matrix.prettify().rpartition("[")[2].removesuffix("]")
    over = "the range that is left open" if length == LEFT_OPEN else length
    return "counts a second" if read.function == "rate" else f"counts over {over}"


def _begins_inside(expression: Expr) -> None:
    """Raise ValueError for a series that was itself made over a range: it looks back to before the window."""
    for one in promql.reads(expression):
        if made := RANGED.search(name := promql.metric(one.vector)):
            raise ValueError(
                f"reads {name}, which a recording rule made over {made[1]} each, so of the time before the "
                "window, too; write the series that the rule reads"
            )


def _over_the_window(expression: Expr) -> str:
    """The same query with our window in place of every range, and a range for what has none."""
    text = " ".join(line.strip() for line in expression.prettify().splitlines())
    for one in promql.reads(expression):
        selector = promql.bare(one.vector)
        ours = f"{selector}[$window] @ $end"
        if one.matrix:
            text = text.replace(one.matrix.prettify(), ours)
        else:
            text = re.sub(re.escape(selector) + r"(?![\[{\w])", lambda _: f"max_over_time({ours})", text)  # noqa: B023
    return text


def _refusal(read: promql.Read) -> str:
    if not read.matrix:
        return f"reads {promql.bare(read.vector)} at one instant, not over the window"
    return f"has `{read.function}` over a range of its own, whose number depends on the length of the range"
