"""Queries of objectives: what is refused when a file is read, and what is asked when a window is known."""

import re
from dataclasses import replace
from datetime import timedelta

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.model import Phase, Window
from slaharness.objectives import promql
from slaharness.objectives.promql import Selector

DIFFERENCE = "sum(hits @ $end) - sum(hits @ $start)"


@pytest.mark.parametrize(
    "query",
    [
        DIFFERENCE,
        "sum(increase(hits[$window] @ $end))",
        'max(max_over_time(replicas{app=~"a|b$"}[$window] @ $end))',
        'sum(label_replace(hits @ $end, "to", "$1", "from", "(.*)")) - sum(hits @ $start)',
    ],
)
def test_queries_that_read_the_window_are_taken(query):
    """Counters read at both ends, ranges over the whole, and dollar signs that mean something to PromQL."""
    assert promql.checked(query) == query


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sum(hits)", "lacks the window"),
        ("sum(hits @ $start)", "lacks the window"),
        ("sum(hits @ $end)", "lacks the window"),
        ("sum(hits @ $end) - sum(hits @ $begin)", r"holds \$begin; only"),
        ("sum(hits @ $end) - sum(hits @ $start", "unclosed left parenthesis"),
        ("sum(hits @ $end) - sum(hits @ $first) - sum(hits @ $begin)", r"holds \$begin; only"),
        ("sum(hits @ $end) - sum(hits @ $start) + sum(hits @ start())", r"hits: say when: hits @ \$start or"),
        ('sum(hits @ $end) - sum(hits @ $start) + sum({job="a"})', "a selector: say when"),
        ("sum(rate(hits @ $end)) - sum(hits @ $start)", "expected type matrix"),
        ("sum(hits @ $end) - sum(hits @ $start) + sum(misses)", r"misses: say when: misses @ \$start or"),
        ("sum(increase(hits[5m] @ $end)) - sum(hits @ $start)", r"must be \[\$window\] @ \$end"),
        ("sum(increase(hits[$window] @ $start)) + sum(hits @ $end)", r"must be \[\$window\] @ \$end"),
        ("sum(hits @ $end) - sum(hits @ $start offset 5s)", "an offset reads outside the window"),
        ("max_over_time(sum(hits)[$window:1s] @ $end)", "has a subquery"),
        ("hits[$window] @ $end", "gives a range of samples"),
        ("vector($end - $start)", "reads no series"),
        ('sum({a="b" or c="d"} @ $end) - sum(hits @ $start)', "`or` between matchers"),
    ],
)
def test_queries_that_read_anything_else_are_refused(query, reason):
    """A query that is no PromQL, or not bound to the window, is refused with the reason."""
    with pytest.raises(ValueError, match=reason):
        promql.checked(query)


@pytest.mark.parametrize("query", [f"({DIFFERENCE}) or vector(0)", f"vector(0) or ({DIFFERENCE})"])
def test_a_total_never_falls_back_on_a_constant(query):
    """Missing series in a total must stay missing; zero requests would read as nothing wrong."""
    with pytest.raises(ValueError, match="has an `or`"):
        promql.unfilled(promql.checked(query))


def test_times_are_rendered_to_the_millisecond():
    """A window of the run is asked for as it was stamped, not rounded to seconds."""
    window = Window(Phase.FAULT, 1_700_000_000.1234, 1_700_000_061.5)
    assert promql.render(DIFFERENCE, window) == "sum(hits @ 1700000061.500) - sum(hits @ 1700000000.123)"
    assert (
        promql.render("increase(hits[$window] @ $end)", window) == "increase(hits[61377ms] @ 1700000061.500)"
    )


def test_selectors_are_told_by_how_they_are_read(availability, replicas):
    """A counter is needed at the window's ends, a gauge over all of it; each set of series is named once."""
    assert set(promql.selectors(availability)) == {
        Selector('hits{ok="yes"}', whole=False),
        Selector("hits", whole=False),
    }
    assert promql.selectors(replicas) == (Selector("replicas", whole=True),)


@pytest.mark.parametrize(
    ("query", "selector"),
    [
        ("max_over_time(x[$window] @ $end)", Selector("x", whole=True)),
        ("max_over_time(x[$window] @ $end) - x @ $start", Selector("x", whole=True)),
        ("x @ $end - min_over_time(x[$window] @ $end)", Selector("x", whole=True)),
        ("x @ $end - x @ $start", Selector("x", whole=False)),
        *(
            (f"max({one}(x[$window] @ $end))", Selector("x", whole=True, counter=True))
            for one in ("increase", "rate", "irate")
        ),
        (
            "max(rate(x[$window] @ $end)) + max_over_time(x[$window] @ $end)",
            Selector("x", whole=True, counter=True),
        ),
        ('x{of=" @ 5"} @ $end - x{of=" @ 5"} @ $start', Selector('x{of=" @ 5"}', whole=False)),
    ],
)
def test_series_are_needed_as_the_query_reads_them(replicas, query, selector):
    """Over the whole window if it does so anywhere; as a counter if a function of counters does."""
    assert promql.selectors(replace(replicas, total=query)) == (selector,)


@pytest.mark.parametrize(
    ("selector", "grows"),
    [
        (Selector("x", whole=True), False),
        (Selector("x", whole=False), True),
        (Selector("x", whole=True, counter=True), True),
        (Selector("x_total", whole=True), True),
        (Selector('x_bucket{le="1"}', whole=True), True),
        (Selector('x{of="_total"}', whole=True), False),
        (Selector('x{of="a_total', whole=True), False),
        (Selector("_total_x", whole=True), False),
    ],
)
def test_what_is_a_counter_only_grows(selector, grows):
    """By how it is read, and by its name as OpenMetrics has it."""
    assert selector.only_grows is grows


def test_queries_are_known_by_what_they_count(availability, replicas):
    """A ratio's good and total, or a value, each with its own selectors."""
    window = Window(Phase.FAULT, 10.0, 12.5)
    assert promql.queries(availability, window) == {
        "good": 'sum(hits{ok="yes"} @ 12.500) - sum(hits{ok="yes"} @ 10.000)',
        "total": "sum(hits @ 12.500) - sum(hits @ 10.000)",
    }
    assert promql.queries(replicas, window) == {"value": "max(max_over_time(replicas[2500ms] @ 12.500))"}
    read = [promql.bare(one) for one in promql.vectors(availability)]
    assert read == ['hits{ok="yes"}', 'hits{ok="yes"}', "hits", "hits"]


def test_a_selector_keeps_what_its_matchers_say():
    """Quotes and backslashes in a matcher reach Prometheus as they were written."""
    query = r'sum(hits{path=~"a\"\\.b @ c"} @ $end) - sum(hits @ $start)'
    vectors = promql_parser.parse(promql.render(query, promql.PROBE)).lhs.expr
    text = vectors.prettify().rpartition(" @ ")[0]
    again = promql_parser.parse(Selector(text, whole=False).over(10.0, 12.5))
    assert again.range == timedelta(seconds=2.5)
    assert again.vector_selector.matchers.matchers[0].value == r'a"\.b @ c'


instants = st.floats(min_value=1.0, max_value=4e9)


@given(start=instants, seconds=st.floats(min_value=0.001, max_value=1e6))
def test_what_is_rendered_is_what_is_read(start, seconds):
    """For any window, the rendered query is PromQL whose times are the window's, to the millisecond."""
    window = Window(Phase.FAULT, start, start + seconds)
    rendered = promql.render("sum(hits @ $start) + sum(increase(hits[$window] @ $end))", window)
    promql_parser.parse(rendered)
    first, length, second = re.findall(r"@ ([\d.]+).*\[(\d+)ms\] @ ([\d.]+)", rendered)[0]
    assert float(first) == pytest.approx(window.start, abs=0.0006)
    assert float(second) == pytest.approx(window.end, abs=0.0006)
    assert int(length) == round((float(second) - float(first)) * 1000)


@given(
    start=st.integers(1, 4_000_000_000_000),
    seconds=st.integers(1, 10**9),
    shift=st.integers(-3, 3),
    stretch=st.integers(-3, 3),
)
def test_no_two_windows_have_one_text(start, seconds, shift, stretch):
    """Windows that differ by a millisecond ask different questions, so no answer stands for another."""
    one = Window(Phase.FAULT, start / 1000, (start + seconds) / 1000)
    other = Window(Phase.FAULT, (start + shift) / 1000, (start + shift + seconds + stretch) / 1000)
    same = shift == stretch == 0
    assert (promql.render(DIFFERENCE, one) == promql.render(DIFFERENCE, other)) is same
    ranged = "sum(increase(hits[$window] @ $end))"
    assert (promql.render(ranged, one) == promql.render(ranged, other)) is same


@given(start=st.integers(1, 4_000_000_000_000), seconds=st.integers(1, 10**9))
def test_a_window_survives_the_round_trip(start, seconds):
    """What Prometheus's own parser reads is the window's milliseconds, every one of them."""
    window = Window(Phase.FAULT, start / 1000, (start + seconds) / 1000)
    query = promql_parser.parse(promql.render(DIFFERENCE, window))
    stamps = [side.expr.at.at.timestamp() for side in (query.rhs, query.lhs)]
    assert [round(stamp * 1000) for stamp in stamps] == [start, start + seconds]
