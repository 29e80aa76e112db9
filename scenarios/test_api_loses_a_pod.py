"""One pod of the readings service is killed while stations keep posting and users keep reading."""

import pytest

from slaharness import FAULT


@pytest.mark.scenario(load="steady-mix", experiment="kill-one-api-pod")
def test_users_never_notice_one_lost_api_pod(run):
    """The edge sends every request to a pod that lives; nobody sees an error or a slow answer."""
    assert run.meets("api-availability", over=FAULT)
    assert run.meets("api-latency", over=FAULT)
