"""The API server's clock beside ours."""

import time
from types import SimpleNamespace

import pytest

from slaharness.cluster import clock


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (100.0, ""),
        (98.5, ""),  # it may have been 99.4
        (97.0, "the API server's clock is 2.2 s behind the harness's"),
        (101.0, ""),
        (103.0, "the API server's clock is 2.7 s ahead of the harness's"),
    ],
)
def test_clocks_are_apart_by_what_is_sure(theirs, said):
    """A Date is in whole seconds, and the answer took a while."""
    assert clock.difference(theirs, before=100.2, after=100.3) == said


def test_an_api_server_is_asked_by_its_date(cluster, monkeypatch):
    """One on this machine agrees; one that does not answer says nothing."""
    api = cluster.info.api()
    assert clock.apart(api) == ""
    ours = time.time
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: ours() - 10))
    assert "ahead of the harness's" in clock.apart(api)
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: ours() + 10))
    assert "behind the harness's" in clock.apart(api)
