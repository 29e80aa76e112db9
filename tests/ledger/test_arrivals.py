"""When acknowledged writes came to a later stage: by example, and against a slow model."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import READINGS

from slaharness.ledger import rows
from slaharness.ledger.arrivals import arrivals
from slaharness.ledger.ledger import Request
from slaharness.model import with_arrival

HEADER = "station,at,id,temperature,arrived"


def write(key, sent, took=1.0, outcome="ok", value=12.5):
    return Request(sent - 0.5, sent, sent + took, "post", "write", key, f"run-01|1000|{value}", outcome, 201)


def delete(key, sent, took=1.0):
    return Request(sent - 0.5, sent, sent + took, "drop", "delete", key, "", "ok", 204)


@pytest.fixture(scope="session")
def found(kept, tmp_path_factory):
    """What there is to say of requests when these keys came at these seconds."""
    path = tmp_path_factory.mktemp("stage") / "stage.csv.gz"

    def find(requests, came, read_at=100.0):
        lines = [f"run-01,1000,{key},12.5,{int(at * 1000)}" for key, at in came]
        text = "\n".join([HEADER, *lines, f"# end,{len(lines)}", ""])
        path.write_bytes(gzip.compress(text.encode(), compresslevel=1))
        batches = rows.read(path, with_arrival(READINGS))
        return arrivals(kept(*requests), batches, READINGS.key, read_at)

    return find


def test_lag_counts_from_the_acknowledgement(found):
    """What the users were told is when they begin to rely on it."""
    answer = found([write("a", 1), write("b", 2)], [("a", 2.25), ("b", 8)])
    assert list(answer.lags) == [0.25, 5.0]
    assert list(answer.missing) == []


def test_what_came_before_its_acknowledgement_came_at_once(found):
    """A replica may be quicker than the quorum."""
    answer = found([write("a", 1)], [("a", 1.5)])
    assert (list(answer.lags), answer.early) == ([0.0], 0.0)


def test_what_came_before_it_was_sent_shows_clocks_that_are_apart(found):
    """No stage can be that quick; of what was corrected, the first word may have come before the last."""
    assert found([write("a", 10)], [("a", 7.5)]).early == 2.5
    assert found([write("a", 1), write("a", 10)], [("a", 5)]).early == 0.0


def test_what_has_not_come_is_told_by_its_age(found):
    """Whether it is late or lost depends on how long one has waited."""
    answer = found([write("a", 1), write("b", 90)], [])
    assert (list(answer.lags), list(answer.missing)) == ([], [9.0, 98.0])


def test_a_key_whose_rows_prove_nothing_is_left_out(found):
    """Deleted, or written by a request that nobody answered: which of them came, no row tells."""
    requests = [write("a", 1), delete("a", 5), write("b", 1), write("b", 5, outcome="unknown")]
    answer = found(requests, [("b", 9)])
    assert (list(answer.lags), list(answer.missing)) == ([], [])


def test_writes_that_say_no_key_are_not_waited_for(found):
    """No row could be known to be theirs."""
    assert list(found([write("", 1), write("a", 1)], []).missing) == [98.0]


def test_the_last_word_on_a_key_is_what_is_waited_for(found):
    """A correction's lag counts from the correction."""
    assert list(found([write("a", 1), write("a", 10)], [("a", 11.5)]).lags) == [0.5]


def test_an_earlier_word_is_not_what_is_waited_for(found):
    """The stage has what was corrected: the correction is missing. One sent beside it may be last."""
    first, last = write("a", 1, value=9.5), write("a", 10)
    assert list(found([first, last], [("a", 11.5)]).missing) == []
    assert list(found([last._replace(value=first.value), write("a", 1)], [("a", 2)]).missing) == [89.0]
    beside = [write("a", 1, took=9.5, value=12.5), write("a", 10, value=8.5)]
    assert list(found(beside, [("a", 12)]).lags) == [1.0]


def test_rows_that_nobody_wrote_are_not_times(found):
    """The checker tells of them; here they are passed over."""
    answer = found([write("a", 1)], [("a", 2), ("zz", 3), ("0", 3)])
    assert list(answer.lags) == [0.0]


keys, spans = st.sampled_from("abcd"), st.integers(0, 40)
requests = st.lists(
    st.builds(write, keys, spans, spans, st.sampled_from(["ok", "ok", "unknown"]))
    | st.builds(delete, keys, spans, spans),
    max_size=8,
)


@settings(max_examples=200)
@given(requests, st.dictionaries(keys, st.integers(0, 99)))
def test_agrees_with_a_naive_model(found, made, came):
    """Whatever was written, deleted and seen."""
    lags, missing = [], []
    for key in {one.key for one in made}:
        same = [one for one in made if one.key == key]
        if all(one.operation == "write" and one.outcome == "ok" for one in same):
            finished = max(one.finished for one in same)
            if key in came:
                lags.append(max(came[key] - finished, 0))
            else:
                missing.append(100 - finished)
    answer = found(made, list(came.items()))
    assert list(answer.lags) == sorted(lags)
    assert list(answer.missing) == sorted(missing)
