"""One pod is killed under load; users should not notice."""

import pytest

from slaharness import FAULT, RECOVERY


@pytest.mark.scenario(load="steady", experiment="lose-one-pod", baseline="60s", fault="60s", recovery="60s")
def test_users_do_not_notice_that_one_pod_is_lost(run):
    """Another pod answers in its place; nobody sees an error or a slow answer."""
    assert run.meets("availability", over=FAULT)
    assert run.meets("latency", over=FAULT)
    assert run.meets("availability", over=RECOVERY)
