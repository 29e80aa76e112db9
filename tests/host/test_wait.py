import pytest

from slaharness.errors import NotYet
from slaharness.host.wait import until


def test_returns_what_the_check_found():
    """Whoever waits for something gets it."""
    answers = iter([None, None, "there"])
    assert until(lambda: next(answers), within=5, every=0.001, what="it is there") == "there"


def test_names_what_did_not_come():
    """A wait that ends says what it waited for and how long."""
    with pytest.raises(NotYet, match=r"waited 0.01 s until the API server answers"):
        until(lambda: None, within=0.01, every=0.001, what="the API server answers")


def test_looks_once_more_at_the_limit():
    """Something that comes within the last pause still counts."""
    seen = []
    assert until(lambda: seen.append(1) or len(seen) >= 2, within=0.05, every=60, what="the second look")


def test_says_what_it_waits_for():
    """A person at the terminal sees what a long wait is for."""
    said = []
    until(lambda: True, within=1, what="the ring is whole", say=said.append)
    assert said == ["waiting until the ring is whole"]
