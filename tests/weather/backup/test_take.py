"""A backup that is whole stays one, whatever comes after."""

import pytest
from ringbackup import catalogue, take
from ringbackup.errors import Spoiled, Trouble


@pytest.mark.parametrize("trouble", [Trouble("the store is away"), Spoiled("a manifest cannot be read")])
def test_what_cannot_be_tidied_up_is_said_and_does_not_fail_the_backup(shelf, monkeypatch, trouble):
    """It was finished before: a failed try would be made again, over a backup that is good."""

    def broken(*_):
        raise trouble

    monkeypatch.setattr(catalogue, "prune", broken)
    said = []
    take._prune(shelf, 3, said.append)
    assert said == [f"what is no longer needed was not taken away: {trouble}"]
