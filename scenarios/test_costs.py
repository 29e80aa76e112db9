"""What the stack costs an hour, by the prices beside this file, while it is calm and while a pod is lost."""

import pytest

from slaharness import BASELINE, FAULT, RECOVERY


@pytest.mark.scenario(load="steady-mix", experiment="kill-one-api-pod", name="cost-of-a-lost-pod")
def test_surviving_a_lost_pod_costs_no_more_than_the_calm(run):
    """Fifteen cents an hour for all of it at all times, six for the database: surviving is paid for ahead."""
    assert run.costs(at_most=0.15, over=BASELINE)
    assert run.costs(at_most=0.15, over=FAULT)
    assert run.costs(at_most=0.15, over=RECOVERY)
    assert run.costs(at_most=0.06, over=BASELINE, of="persistence/cassandra")
