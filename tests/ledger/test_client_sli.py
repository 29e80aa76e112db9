"""The second witness: what the ledger says of a window and of its slices, also against a slow model."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaharness.ledger.ledger import Request
from slaharness.ledger.witness.client_sli import (
    Ratio,
    Sent,
    availability,
    complaints,
    complaints_of_due,
    due,
    failures,
    latencies,
    latency_ratio,
    sent_late,
    slices,
    under_way_since,
)
from slaharness.model import FAULT, LatencyBin, Window


def request(sent, took=0.1, outcome="ok", late=0.0):
    return Request(sent, sent + late, sent + late + took, "read current", "read", "", "", outcome, 200)


def test_availability_counts_what_ended_in_the_window(kept):
    """As counters do: a request begun before the window counts, one that ends after it does not."""
    held = kept(request(9.95), request(10.5), request(11.0, outcome="fail"), request(19.95, outcome="fail"))
    assert availability(held, Window(FAULT, 10.0, 20.0)) == Ratio(2, 3)


def test_neither_a_timeout_nor_an_error_is_available(kept):
    """No answer is no good answer."""
    held = kept(request(1.0, outcome="unknown"), request(1.0, outcome="fail"), request(1.0))
    assert availability(held, Window(FAULT, 0.0, 10.0)).value == pytest.approx(1 / 3)


def test_no_requests_are_no_number(kept):
    """Zero of zero is neither 0 % nor 100 %."""
    assert availability(kept(), Window(FAULT, 0.0, 10.0)).value is None


def test_latency_counts_good_answers_up_to_and_with_the_threshold(kept):
    """As Prometheus's bucket le does, to the ledger's microsecond: a quick error is not a quick answer."""
    whole = Window(FAULT, 1795366831.0, 1795366840.0)
    first = 1795366831.0
    exactly = [
        request(round(first + micros / 1e6, 6))._replace(finished=round(first + 0.3 + micros / 1e6, 6))
        for micros in range(20)
    ]
    held = kept(*exactly, request(1795366831.1, 0.300002), request(1795366831.2, 0.01, "fail"))
    assert latency_ratio(held, whole, 0.3) == Ratio(20, 22)


def test_what_was_wrong_is_said_in_a_clients_words(kept):
    """Commonest first, with when; what was late counts only where a time was promised."""
    whole = Window(FAULT, 10.0, 20.0)
    held = kept(
        request(11.0),
        request(12.0, 0.5),
        request(12.0, outcome="fail")._replace(status=503),
        request(13.9, outcome="fail")._replace(status=503),
        request(12.0, outcome="unknown")._replace(name="post reading", status=0),
        request(12.5, outcome="fail")._replace(name="post reading", status=0),
        request(21.0, outcome="fail"),
    )
    told = (
        "read current 503 (2), post reading without an answer (1), post reading not sent for want of room (1)"
    )
    assert complaints(held, whole, 10.0) == f"{told}; 2.1 s to 4.0 s into FAULT"
    assert ", read current late (1), " in complaints(held, whole, 10.0, 0.2)
    assert complaints(held, whole, 10.0, 0.2).endswith(", others; 2.1 s to 4.0 s into FAULT")
    assert complaints(held, Window(FAULT, 10.0, 11.5), 10.0) == ""


def test_a_window_holds_what_ends_at_its_end_and_what_is_due_at_its_start(kept):
    """Each instant belongs to one window: counters read at an instant have what ended by then."""
    window = Window(FAULT, 10.0, 20.0)
    held = kept(request(10.0, 0.0), request(10.0, 10.0), request(20.0, 0.0))
    assert availability(held, window).total == 2
    assert due(held, window).total == 2
    assert availability(held, Window(FAULT, 20.0, 30.0)).total == 0
    assert due(held, Window(FAULT, 20.0, 30.0)).total == 1


def test_what_the_load_sent_late_may_be_taken_either_way(kept):
    """As bad from half a second on; or as it would have been, had it been sent when it was due."""
    window = Window(FAULT, 10.0, 20.0)
    held = kept(request(11.0, late=0.5), request(12.0, late=0.75), request(13.0, 0.1, "fail", late=0.75))
    assert due(held, window) == Ratio(2, 3)
    assert due(held, window, sent=Sent.LATE_IS_BAD) == Ratio(1, 3)
    assert due(held, window, 0.2) == Ratio(0, 3)
    assert due(held, window, 0.2, sent=Sent.LATE_IS_GOOD) == Ratio(2, 3)
    assert due(held, window, 0.05, sent=Sent.LATE_IS_GOOD) == Ratio(0, 3)
    assert due(held, window, names=["post reading"]) == Ratio(0, 0)
    assert sent_late(held, window) == (2, 0.75)
    assert sent_late(held, Window(FAULT, 10.0, 11.5)) == (0, 0.5)
    assert sent_late(held, Window(FAULT, 0.0, 10.0)) == (0, 0.0)
    assert sent_late(held, window, ["post reading"]) == (0, 0.0)


def test_what_was_under_way_at_an_instant_is_told_by_when_it_was_due(kept):
    """The first of them; the instant itself where nothing was."""
    held = kept(request(9.0, 0.5), request(9.25, 2.0), request(9.5, 0.5), request(10.0, 1.0))
    assert under_way_since(held, 10.0) == 9.25
    assert under_way_since(held, 11.25) == 11.25
    assert under_way_since(held, 9.25) == 9.0
    assert under_way_since(kept(), 10.0) == 10.0


def test_failures_are_told_in_order_of_when_they_ended(kept):
    """Also where the ledger has them as they came."""
    held = kept(request(12.0, outcome="fail"), request(11.0, outcome="unknown"), request(11.5))
    assert failures(held, Window(FAULT, 10.0, 20.0)) == (11.1, 12.1)


def test_what_was_wrong_with_what_was_due_is_said_likewise(kept):
    """Also of what ended after the window, and of the names alone that were asked for."""
    window = Window(FAULT, 10.0, 20.0)
    held = kept(
        request(19.0, 5.0, "unknown")._replace(status=0),
        request(12.0, outcome="fail")._replace(name="post reading", status=503),
        request(9.0, 2.0, "fail"),
    )
    assert complaints_of_due(held, window) == (
        "read current without an answer (1), post reading 503 (1); 2.1 s to 14.0 s into FAULT"
    )
    assert complaints_of_due(held, window, names=["post reading"]).startswith("post reading 503 (1); ")
    assert complaints_of_due(held, Window(FAULT, 30.0, 40.0)) == ""


def test_three_kinds_of_complaints_are_told_and_that_there_are_others(kept):
    """Three is all; of a fourth, only that there is one."""
    wrong = [request(11.0 + n, outcome="fail")._replace(status=500 + n) for n in range(4)]
    window = Window(FAULT, 10.0, 20.0)
    assert "others" not in complaints(kept(*wrong[:3]), window, 10.0)
    assert "502 (1), others;" in complaints(kept(*wrong), window, 10.0)


def test_slices_hold_what_was_meant_for_them(kept):
    """A request belongs to the slice of its intended instant, however late it was sent or ended."""
    held = kept(request(0.1), request(0.3, 8.0, "unknown", late=1.0), request(1.2, outcome="fail"))
    one, two, three = slices(held, 0.0, 3.0, 1.0)
    assert (one.ok, one.unknown, one.fail, one.p95) == (1, 1, 0, pytest.approx(9.0))
    assert (two.start, two.end, two.fail) == (1.0, 2.0, 1)
    assert (three.requests, three.p95) == (0, None)


def test_what_is_left_over_at_the_end_is_a_shorter_slice(kept):
    """Whoever was due in it counts, and nobody after it."""
    made = slices(kept(request(12.25), request(12.5)), 10.0, 12.5, 1.0)
    assert [(piece.start, piece.seconds, piece.requests) for piece in made] == [
        (10.0, 1.0, 0),
        (11.0, 1.0, 0),
        (12.0, 0.5, 1),
    ]
    assert len(slices(kept(), 0.0, 0.6, 0.2)) == 3
    assert slices(kept(), 10.0, 9.0, 0.2) == ()


def test_a_slices_latency_may_count_from_sending(kept):
    """Without what the load itself was late."""
    held = kept(request(0.1, 0.25, late=0.5))
    assert slices(held, 0.0, 1.0, 1.0)[0].p95 == 0.75
    assert slices(held, 0.0, 1.0, 1.0, took=latencies(held, "sent"))[0].p95 == 0.25


def test_p95_is_the_nearest_rank(kept):
    """Of twenty latencies it is the nineteenth, a value that was really seen."""
    held = kept(*(request(0.0, took / 100) for took in range(1, 21)))
    assert slices(held, 0.0, 1.0, 1.0)[0].p95 == 0.19


requests = st.lists(
    st.builds(
        request,
        st.integers(0, 100).map(lambda tenths: tenths / 10),
        st.integers(0, 9).map(lambda tenths: tenths / 10),
        st.sampled_from(["ok", "fail", "unknown"]),
        st.integers(0, 9).map(lambda tenths: tenths / 10),
    ),
    max_size=30,
)


@given(requests, st.integers(0, 10), st.integers(0, 12), st.sampled_from([0.1, 0.3, 0.5]))
def test_ratios_agree_with_a_naive_model(kept, requests, start, end, threshold):
    """Whatever was asked and whenever it ended, figures of columns are those of one request at a time."""
    window = Window(FAULT, float(start), float(end))
    held = kept(*requests)
    ended = [one for one in requests if start < one.finished <= end]
    good = [one for one in ended if one.outcome == "ok"]
    quick = [one for one in good if round(one.finished - one.intended, 6) <= threshold]
    assert availability(held, window) == Ratio(len(good), len(ended))
    assert latency_ratio(held, window, threshold) == Ratio(len(quick), len(ended))


@given(requests, st.floats(-1, 11), st.floats(0, 8), st.floats(0.1, 3))
def test_slices_agree_with_a_naive_model(kept, requests, start, length, width):
    """Each slice holds the requests meant for it, no other, each once, and together they are all there is."""
    end = start + length
    made = slices(kept(*requests), start, end, width)
    for number, piece in enumerate(made):
        inside = [one for one in requests if one.intended < end]
        meant = [one for one in inside if (one.intended - start) // width == number]
        ended = Counter(one.outcome for one in meant)
        took = sorted(round(one.finished - one.intended, 6) for one in meant)
        p95 = took[ceil(0.95 * len(took)) - 1] if took else None
        counts = (ended["ok"], ended["fail"], ended["unknown"])
        assert piece == LatencyBin(start + number * width, *counts, p95, piece.seconds)
        assert number == len(made) - 1 or piece.seconds == width
    assert sum(one.seconds for one in made) == pytest.approx(length, abs=1e-6)
