"""The second witness: what the ledger says of a window, and of its slices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.load.ledger import Ledger, Request
from slaharness.load.witness import Ratio, availability, latency_ratio, slices
from slaharness.model import FAULT, Window


def request(sent, took=0.1, outcome="ok"):
    return Request(sent, sent, sent + took, "read current", "read", "", "", outcome, 200)


def test_availability_counts_what_ended_in_the_window():
    """As counters do: a request begun before the window counts, one that ends after it does not."""
    held = Ledger(
        (request(9.95), request(10.5), request(11.0, outcome="fail"), request(19.95, outcome="fail"))
    )
    assert availability(held, Window(FAULT, 10.0, 20.0)) == Ratio(2, 3)


def test_neither_a_timeout_nor_an_error_is_available():
    """No answer is no good answer."""
    held = Ledger((request(1.0, outcome="unknown"), request(1.0, outcome="fail"), request(1.0)))
    assert availability(held, Window(FAULT, 0.0, 10.0)).value == pytest.approx(1 / 3)


def test_no_requests_are_no_number():
    """Zero of zero is neither 0 % nor 100 %."""
    assert availability(Ledger(()), Window(FAULT, 0.0, 10.0)).value is None


def test_latency_counts_good_answers_up_to_and_with_the_threshold():
    """As Prometheus's bucket le does, to the ledger's microsecond: a quick error is not a quick answer."""
    whole = Window(FAULT, 1795366831.0, 1795366840.0)
    first = 1795366831.0
    exactly = [
        request(round(first + micros / 1e6, 6))._replace(finished=round(first + 0.3 + micros / 1e6, 6))
        for micros in range(20)
    ]
    held = Ledger((*exactly, request(1795366831.1, 0.300002), request(1795366831.2, 0.01, "fail")))
    assert latency_ratio(held, whole, 0.3) == Ratio(20, 22)


def test_slices_hold_what_was_meant_for_them():
    """A request belongs to the slice of its intended instant, however late it ended."""
    held = Ledger((request(0.1), request(0.3, 9.0, "unknown"), request(1.2, outcome="fail")))
    one, two, three = slices(held, 0.0, 3.0, 1.0)
    assert (one.ok, one.unknown, one.fail, one.p95) == (1, 1, 0, pytest.approx(9.0))
    assert (two.start, two.end, two.fail) == (1.0, 2.0, 1)
    assert (three.requests, three.p95) == (0, None)


def test_only_whole_slices_are_made():
    """A rest at the end is too short to compare with the others."""
    assert [piece.start for piece in slices(Ledger(()), 10.0, 12.5, 1.0)] == [10.0, 11.0]
    assert len(slices(Ledger(()), 0.0, 0.6, 0.2)) == 3


def test_p95_is_the_nearest_rank():
    """Of twenty latencies it is the nineteenth, a value that was really seen."""
    held = Ledger(tuple(request(0.0, took / 100) for took in range(1, 21)))
    assert slices(held, 0.0, 1.0, 1.0)[0].p95 == 0.19


@given(st.lists(st.floats(0, 10), max_size=50), st.floats(0.1, 3))
def test_slices_lose_no_request_and_count_none_twice(instants, width):
    """Together, slices that cover all intended instants hold every request once."""
    made = slices(Ledger(tuple(map(request, instants))), 0.0, 20.0, width)
    assert sum(piece.requests for piece in made) == len(instants)
