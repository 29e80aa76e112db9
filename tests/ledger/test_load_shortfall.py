"""A load that fell behind its own plan is no evidence against the stack."""

import pytest

from slaharness.ledger.ledger import Request
from slaharness.ledger.witness.load_shortfall import (
    closed_loop,
    held_back,
    is_closed_loop,
    is_mixed,
    lateness,
    shortfall,
    without_an_end,
)
from slaharness.metrics.evidence import Series
from slaharness.model import FAULT, Window

WINDOW = Window(FAULT, 10.0, 20.0)


def arrivals(*, offered: float, started: float, overflowed: float = 0.0) -> list[Series]:
    """Two workers' counters, which grew by half of these numbers each; 70 of each were there before."""
    return [
        Series(
            {"__name__": f"loadgen_arrivals_{kind}_total", "job": "load", "instance": worker},
            ((9.5, 70.0), (19.5, 70.0 + grown / 2), (20.5, 9999.0)),
        )
        for kind, grown in (("offered", offered), ("started", started), ("overflowed", overflowed))
        for worker in ("one", "two")
    ]


@pytest.mark.parametrize(
    ("started", "overflowed", "said"),
    [(1000, 0, False), (990, 0, False), (988, 0, True), (600, 400, False), (0, 0, True)],
    ids=["all", "just enough", "too few", "no room is no fault of the load", "none"],
)
def test_what_was_not_begun_is_told(started, overflowed, said):
    """Below 99 of 100 the reason names both numbers; arrivals without room have failed, not lacked."""
    found = shortfall(arrivals(offered=1000, started=started, overflowed=overflowed), WINDOW)
    assert bool(found) is said
    assert not said or f"only {started:,} of 1,000 arrivals" in found


def test_a_load_that_waits_for_answers_has_no_plan():
    """Closed-loop profiles offer nothing by themselves, so there is nothing to fall short of."""
    assert shortfall((), WINDOW) == ""


@pytest.mark.parametrize("kind", ["started", "overflowed"])
def test_a_plan_that_is_not_in_the_record_is_no_plan_that_was_kept(kind):
    """What was begun is there, and nobody knows of how many: that is no load that kept its pace."""
    without = [one for one in arrivals(offered=1000, started=600) if kind in one.name]
    assert "not in the record" in shortfall([Series({"__name__": "up"}, ()), *without], WINDOW)


CLOSED = [Series({"__name__": "loadgen_requests_total", "job": "load"}, ((9.5, 70.0), (20.5, 99.0)))]


def request(sent, took=0.1, late=0.0):
    return Request(sent, sent + late, sent + late + took, "read current", "read", "", "", "ok", 200)


def test_a_load_that_counts_requests_and_plans_none_is_closed():
    """Its users wait for their answers; one that counts nothing is not known."""
    assert is_closed_loop(CLOSED)
    assert closed_loop(CLOSED).startswith("; closed-loop load: users wait")
    for kept in ([], [*CLOSED, *arrivals(offered=1, started=1)]):
        assert not is_closed_loop(kept)
        assert closed_loop(kept) == ""


def test_users_that_waited_held_requests_back(kept):
    """One for each second over the first, as far as it lies in the window."""
    waits = [
        request(12.0, 1.0),
        request(12.0, 2.5),
        request(12.0, 3.0),
        request(5.0, 7.0),
        request(18.0, 9.0),
    ]
    held = kept(*waits)
    assert held_back(held, CLOSED, WINDOW) == 2 + 2 + 2 + 1
    assert held_back(held, arrivals(offered=1, started=1), WINDOW) == 0


def test_lateness_says_what_was_not_seen_and_why(kept):
    """What was sent too late, or not at all as users waited; each only where it was so."""
    tail = "how those would have fared decides, and is not known"
    late = kept(request(12.0, late=0.75), request(13.0, late=0.25))
    said = "the load itself sent 1 request more than 0.5 s late, the latest by 0.8 s"
    assert lateness(late, (), WINDOW) == f"{said}: {tail}"
    somewhat = lateness(kept(request(13.0, late=0.25)), (), WINDOW)
    assert somewhat.startswith("the load itself sent 0 requests more than 0.5 s")
    assert lateness(late, (), WINDOW, ["post reading"]) == f": {tail}"
    waited = kept(request(12.0, 3.0))
    said = "its users waited for answers, and sent some 2 requests less meanwhile"
    assert lateness(waited, CLOSED, WINDOW) == f"{said}: {tail}"
    assert " and its users waited" in lateness(kept(request(12.0, 3.0, late=0.75)), CLOSED, WINDOW)


def users(count, instance="one"):
    return Series({"__name__": "loadgen_users", "instance": instance}, ((9.5, 1.0), (12.5, float(count))))


@pytest.mark.parametrize(
    ("there", "mixed"),
    [([users(1), users(1, "two")], False), ([users(1), users(2, "two")], True), ([], False)],
    ids=["each plans", "one does not", "nobody says"],
)
def test_a_load_with_more_users_than_plan_arrivals_is_partly_closed(kept, there, mixed):
    """Those without a plan wait; what is meant for the instant of its sending was theirs."""
    series = [*arrivals(offered=1000, started=1000), *there]
    held = kept(request(12.0, 3.0), request(12.0, 3.0, late=0.001))
    assert is_mixed(series) is mixed
    assert held_back(held, series, WINDOW) == 2 * mixed
    assert ("partly closed-loop" in closed_loop(series)) is mixed


def lines(count, start=10.0):
    """So many planned requests, one each hundredth of a second."""
    return [request(start + number / 100 + 0.001, late=0.0005) for number in range(count)]


def offered(since, until, rate=100.0, instance="one"):
    """What one process had planned by each second."""
    labels = {"__name__": "loadgen_arrivals_offered_total", "instance": instance}
    at = [since + second for second in range(int(until - since))]
    return [Series(labels, tuple((each, (each - since) * rate) for each in at))]


def scraped(since, until, instance="one"):
    """When its counters were read."""
    at = [since + second for second in range(int(until - since))]
    return [
        Series({"__name__": name, "instance": instance}, tuple((each, 0.0) for each in at))
        for name in ("loadgen_requests_total", "scrape_duration_seconds")
    ]


@pytest.mark.parametrize(("lacking", "said"), [(0, 0), (5, 0), (300, 290)], ids=["none", "by chance", "many"])
def test_an_arrival_that_was_due_and_has_no_request_has_no_end(kept, lacking, said):
    """It hangs for ever, or its end was written nowhere; a few at either end may be counted apart."""
    there = [one for one in lines(3000, start=0.0) if not 12.0 <= one.intended < 12.0 + lacking / 100]
    nothing = Series({"__name__": "never_scraped_total"}, ())
    held, series = kept(*there), [nothing, *offered(0.0, 30.0), *scraped(0.0, 30.0)]
    found = without_an_end(held, series, WINDOW)
    assert said <= found <= lacking
    assert ("the ledger tells no end of" in lateness(held, series, WINDOW)) is bool(said)


def test_tasks_that_need_not_send_anything_lack_nothing(kept):
    """One in three did not before the window either; nor is anything lacking where nothing was planned."""
    some = [one for number, one in enumerate(lines(3000, start=0.0)) if number % 3]
    series = [*offered(0.0, 30.0), *scraped(0.0, 30.0)]
    assert without_an_end(kept(*some), series, WINDOW) == 0
    unplanned = [one._replace(sent=one.intended) for one in some]
    assert without_an_end(kept(*unplanned), series, WINDOW) == 0
    assert without_an_end(kept(*lines(10)), offered(0.0, 30.0), WINDOW) == 0


def test_a_process_that_plans_less_than_its_share_has_died(kept):
    """Its last samples go on being told, and all the others do their part."""

    def two(until):
        still = [
            Series(one.labels, tuple((at, min(value, (until - 0.0) * 100)) for at, value in one.samples))
            for one in offered(0.0, 30.0, instance="two")
        ]
        return [*offered(0.0, 30.0), *still, *begun]

    begun = [
        Series(
            {"__name__": "loadgen_arrivals_started_total"}, tuple((float(at), at * 1e3) for at in range(30))
        )
    ]
    assert shortfall(two(30.0), WINDOW) == ""
    later = [
        Series(one.labels, tuple((at + 0.4, value) for at, value in one.samples)) for one in two(30.0)[1:]
    ]
    assert shortfall([two(30.0)[0], *later], WINDOW) == "", "the other is scraped at other instants"
    assert "one of the load's processes planned fewer" in shortfall(two(15.0), WINDOW)
    assert "one of the load's processes planned fewer" in shortfall(two(9.0), WINDOW)
