"""The edge's certificate ends under load; each request has a connection, and a handshake, of its own.

A handshake that fails is a request that failed: the load verifies chain and name, as users do.
"""

import pytest

from slaharness import FAULT, RECOVERY


@pytest.mark.scenario(
    load="new-connections",
    experiment="edge-certificate-lives-for-minutes",
    profile="encrypted",
    fault="420s",
    recovery="30s",
)
def test_users_never_notice_that_a_certificate_ends(run):
    """It is renewed, and in use, before: each time somebody connects it is a valid one."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("api-latency", over=FAULT)
    assert run.meets("no-reading-lost", over=RECOVERY)


@pytest.mark.scenario(
    load="new-connections",
    experiment="issuer-is-away-while-a-certificate-ends",
    profile="encrypted",
    fault="420s",
    recovery="30s",
)
def test_a_certificate_is_renewed_in_time_though_its_issuer_was_away(run):
    """Asked for early enough, a renewal can wait for a minute."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("no-reading-lost", over=RECOVERY)
