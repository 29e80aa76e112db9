"""A ratio's good and total are plain counts: nobody asked never reads as somebody answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.objectives import counts, foreign

GREW = "sum(all_total @ $end) - sum(all_total @ $start)"
OK = "sum(ok_total @ $end) - sum(ok_total @ $start)"


@pytest.mark.parametrize(
    "query",
    [
        GREW,
        "all_total @ $end - all_total @ $start",
        "sum(all_total @ $end - all_total @ $start)",
        f"({GREW}) - ({OK})",
        f"{GREW} + ({OK})",
        'sum(label_replace(all_total @ $end, "to", "$1", "from", "(.*)")) - sum(all_total @ $start)',
        'sum(label_join(all_total @ $end, "to", "-", "from")) - sum(all_total @ $start)',
    ],
)
def test_counts_over_the_window_are_taken_as_they_are(query):
    """Growth between the window's ends, summed, added and subtracted."""
    assert foreign.count(query) == foreign.Query(query)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("sum(increase(all_total[$window] @ $end))", GREW),
        (f"{GREW} + sum(increase(ok_total[$window] @ $end))", f"{GREW} + {OK}"),
        ("increase(all_total[$window] @ $end)", "all_total @ $end - all_total @ $start"),
    ],
)
def test_an_increase_over_the_window_is_subtracted_at_its_ends(query, read):
    """Prometheus would extrapolate it: 97 of 100 that had to be done would be 100.3."""
    assert foreign.count(query) == foreign.Query(read, query)


BAD, EVERY = 'bad{a="x"}', "sum(((every @ $end - every @ $start) / ($end - $start)))"
A = 'a_total{x=~"[0-9]{2}(a|b)"}'


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("sum(increase(a_total[$window] @ $end))", "sum((a_total @ $end - a_total @ $start))"),
        ("sum by (p) (increase( a_total [ ${window} ] @ $end ))",
         "sum by (p) ((a_total @ $end - a_total @ $start))"),
        (f"max(rate({A}[$window] @ $end))", f"max((({A} @ $end - {A} @ $start) / ($end - $start)))"),
        ("max(irate(a_total[$window] @ $end))", "max(irate(a_total[$window] @ $end))"),
    ],
)  # fmt: skip
def test_a_growth_in_a_threshold_is_subtracted_too(query, read):
    """By the length of the window, where it is a rate."""
    assert foreign.number(query) == foreign.Query(read, "" if read == query else query)


def test_a_growth_that_cannot_be_told_as_a_difference_is_refused():
    with pytest.raises(ValueError, match=r'extrapolates; write a_total\{x="\(b\)"\} @ \$end - a_total'):
        foreign.number("sum(increase(a_total{x='(b)'}[$window] @ $end))")


@pytest.mark.parametrize(
    ("query", "because", "instead"),
    [
        (f"clamp_min({GREW}, 1)", "`clamp_min`", GREW),
        (f"clamp_min({GREW} - ({OK}), 1)", "`clamp_min`", f"{GREW} - ({OK})"),
        ("sum(increase((all_total[$window] @ $end)))", "`increase`", GREW),
        (
            "sum(increase(all_total[$window] @ $end)) - increase(ok_total[$window] @ $end)",
            "loses series without a partner",
            f"{GREW} - ({OK})",
        ),
        (f"clamp({GREW}, 1, 9)", "`clamp`", GREW),
        (f"{GREW} + 1", "has 1 in it", GREW),
        (f"1 + {GREW}", "has 1 in it", GREW),
        (f"({GREW}) * 2", "`*`", GREW),
        (f"({GREW}) / 2", "`/`", GREW),
        (f"({GREW}) > bool 0", "`>`", GREW),
        (f"({GREW}) > 0", "`>`", GREW),
        (f"({GREW}) or vector(0)", "`or`", GREW),
        (f"vector(0) or ({GREW})", "`or`", GREW),
        (f"scalar({GREW})", "`scalar`", GREW),
        (f"absent({GREW})", "`absent`", GREW),
        (f"max({GREW})", "`max`", GREW),
        (f"ceil({GREW})", "`ceil`", GREW),
        (f"-({GREW})", "counts no requests", GREW),
        (f"sum by (job) ({GREW})", "a number for each group", GREW),
        ("count(all_total @ $end) - count(all_total @ $start)", "`count`", GREW),
        ("sum(rate(all_total[$window] @ $end))", "`rate`", GREW),
        ("sum(irate(all_total[$window] @ $end))", "`irate`", GREW),
        ("sum(idelta(all_total[$window] @ $end))", "`idelta`", GREW),
        ("sum(deriv(all_total[$window] @ $end))", "`deriv`", GREW),
        ("sum(last_over_time(all_total[$window] @ $end))", "`last_over_time`", GREW),
        ("sum(count_over_time(all_total[$window] @ $end))", "`count_over_time`", GREW),
        ("sum(all_total @ $end) - sum(ok_total @ $start)", "does not subtract all_total at $start", GREW),
        ("sum(all_total @ $start) + sum(all_total @ $end)", "does not subtract all_total", GREW),
        (f"{GREW} + ({GREW})", "counts all_total 2 times", GREW),
        ("sum(all_total @ $end unless ok_total @ $start)", "`unless`", GREW),
        (
            "sum(increase(all_total[$window] @ $end) - increase(ok_total[$window] @ $end))",
            "loses series without a partner",
            f"{GREW} - ({OK})",
        ),
        ("sum(irate(all_total[5m]))", "`irate`", GREW),
        ("sum(rate(all_total[5m])) or vector(0)", "`or`", GREW),
        ("sum(increase(all_total[1h])) > 0", "`>`", GREW),
        ("sum by (code) (rate(all_total[{{.window}}]))", "a number for each group", GREW),
    ],
)
def test_what_is_no_count_is_refused_with_the_query_that_would_do(query, because, instead):
    """Constants, clamps, comparisons and stand-ins make a number of no requests; rates count none."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 the text is looked at below
        foreign.count(query)
    assert because in str(refusal.value)
    assert str(refusal.value).endswith(f"; write {instead}")
    assert foreign.count(instead).text == instead


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("sum(rate(all_total[5m]))", GREW),
        ("sum(increase(all_total[1h]))", GREW),
        ("sum(rate(all_total[{{.window}}]))", GREW),
        ("sum(rate(all_total[{{ .window }}]))", GREW),
        ("sum(rate(all_total[$__rate_interval]))", GREW),
        ("sum(increase(all_total[${range}]))", GREW),
        ("sum(increase(all_total[$window]))", GREW),
        ("sum(all_total)", GREW),
        ("increase(all_total[5m])", GREW),
        ("all_total", GREW),
        ('sum({__name__="all_total"})', GREW.replace("all_total", '{__name__="all_total"}')),
        ("sum(rate(all_total[5m])) - sum(rate(ok_total[5m]))", f"{GREW} - ({OK})"),
        (
            'sum(increase({otel_metric_name = "http.requests", code=~"5.."}[$__interval]))',
            "sum(THEIRS @ $end) - sum(THEIRS @ $start)".replace(
                "THEIRS", '{code=~"5..",otel_metric_name="http.requests"}'
            ),
        ),
    ],
)
def test_counts_over_other_ranges_are_read_over_ours(query, read):
    """A rate, an increase and a bare counter over any range all mean how much the counter grew."""
    found = foreign.count(query)
    assert (found.text, found.written) == (read, query)


@pytest.mark.parametrize(
    ("query", "because"),
    [
        ("sum(rate(all_total[5m] offset 5m))", "an offset or `@` reads outside the window"),
        ("sum(rate(all_total[5m] @ 1600000000))", "an offset or `@` reads outside the window"),
        ('sum(rate(all_total{job="$job"}[5m]))', r"holds \$job; only \$start"),
        ('sum(rate(all_total{job="{{.job}}"}[5m]))', "holds {{.job}}"),
        ("max_over_time(sum(rate(all_total[5m]))[1h:])", "has a subquery"),
        ("all_total[5m]", "gives a range of samples"),
        ("vector(1)", "reads no series"),
        ("sum(rate(all_total[5m])", "unclosed left parenthesis"),
    ],
)
def test_what_has_no_meaning_over_our_window_is_refused(query, because):
    """Other times, templates that nobody fills, and what is no PromQL."""
    for read in (foreign.count, foreign.number):
        with pytest.raises(ValueError, match=because):
            read(query)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        *(
            (f"max({one}(lag[5m]))", f"max({one}(lag[$window] @ $end))")
            for one in (
                "avg_over_time",
                "max_over_time",
                "min_over_time",
                "stddev_over_time",
                "deriv",
            )
        ),
        (
            'sum(rate(bad{a="x"}[5m])) / sum(rate(every[5m]))',
            f"sum((({BAD} @ $end - {BAD} @ $start) / ($end - $start))) / {EVERY}",
        ),
    ],
)
def test_numbers_that_do_not_grow_with_the_range_are_read_over_ours(query, read):
    """A maximum, a mean or a rate of the window is one of a shorter range."""
    assert foreign.number(query) == foreign.Query(read, query)


@pytest.mark.parametrize(
    ("query", "because"),
    [
        ("max(lag)", r"reads lag at one instant.*; write max\(max_over_time\(lag\[\$window\] @ \$end\)\)"),
        (
            "sum(increase(bad[1h]))",
            r"depends on the length.*; write sum\(increase\(bad\[\$window\] @ \$end\)\)",
        ),
        ("max(max_over_time(lag[$window] @ $end)) or vector(0)", "has an `or`"),
        ("max(max_over_time(lag[$window] @ $end)) + vector(0)", "has `vector`"),
        ("absent(max_over_time(lag[$window] @ $end))", "has `absent`"),
        ("quantile(0.9, max_over_time(lag[$window] @ $end))", "has `quantile`, which estimates"),
        (
            "histogram_fraction(0, 0.2, sum(rate(took[$window] @ $end)))",
            "has `histogram_fraction`, which estimates",
        ),
        ("absent_over_time(lag[$window] @ $end)", "has `absent_over_time`"),
        ("scalar(max_over_time(lag[$window] @ $end))", "has `scalar`"),
        ("max_over_time(lag[$window] @ $end) > bool 5", "has `>`"),
        ("clamp_max(max(max_over_time(lag[$window] @ $end)), 5)", "has `clamp_max`, which bounds the number"),
        (
            "histogram_quantile(0.99, sum by (le) (rate(took_bucket[$window] @ $end)))",
            "`histogram_quantile`, wh",
        ),
        ("histogram_quantile(0.99, sum by (le) (rate(took_bucket[5m])))", "count the requests under a bound"),
        ("quantile_over_time(0.9, lag[$window] @ $end)", "`quantile_over_time`, which estimates"),
    ],
)
def test_numbers_that_stand_in_or_depend_on_their_range_are_refused(query, because):
    """A threshold is a number that somebody measured over the window, never a guess."""
    with pytest.raises(ValueError, match=because):
        foreign.number(query)


def test_numbers_may_be_matched_label_by_label():
    """A matching of labels stands in for nothing; only `bool` makes numbers of comparisons."""
    query = "max_over_time(lag[$window] @ $end) / on (job) max_over_time(most[$window] @ $end)"
    assert foreign.number(query) == foreign.Query(query)


names = st.sampled_from(["a_total", 'b_total{code="5.."}', "c_total"])
sums = st.lists(st.tuples(st.sampled_from("+-"), names), min_size=1, max_size=4, unique_by=lambda one: one[1])


@given(sums)
def test_a_translation_is_a_count_and_its_own_translation(parts):
    """What is written for another range is read as a count, and that count is read as itself."""
    query = "".join(f" {sign} sum(rate({name}[5m]))" for sign, name in parts).removeprefix(" + ")
    if query.startswith(" -"):
        query = f"sum(rate(z_total[5m])){query}"
    read = foreign.count(query).text
    assert foreign.count(read) == foreign.Query(read)
    assert counts.counted(read) == read


def test_a_recorded_series_is_no_counter():
    """A rule may have made a rate of it: its growth would be a number without meaning."""
    for read in ("job:requests:rate5m", '{__name__="job:requests:rate5m"}'):
        with pytest.raises(ValueError, match="reads job:requests:rate5m, which a recording rule made, at"):
            foreign.count(f"sum({read})")
    assert foreign.count("sum(increase(job:requests:sum[5m]))").text.startswith(
        "sum(job:requests:sum @ $end)"
    )


def test_what_each_growth_is_taken_from_is_known():
    """All added up: what is there once and taken away once is not there."""
    first, other = (f"sum({name} @ $end) - sum({name} @ $start)" for name in "ab")
    good = f"{first} - ({first} - ({other}))"
    assert counts.net(good) == {"b": 1}
