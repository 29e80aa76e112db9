"""The shop has one database pod, which is killed while customers place orders and look at them."""

import pytest

from slaharness import RECOVERY


@pytest.mark.scenario(
    load="orders", experiment="kill-the-database", baseline="15s", fault="20s", recovery="60s"
)
def test_shop_is_back_within_a_minute_and_has_every_order(run):
    """Orders fail while the only database is away; then all is well, and no confirmed order is lost."""
    assert run.recovered(within="1m")
    assert run.meets("availability", over=RECOVERY)
    assert run.meets("latency", over=RECOVERY)
    assert run.meets("no-order-lost", over=RECOVERY)
