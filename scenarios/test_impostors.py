"""The name of the database leads to others, too, who have certificates that nobody may believe."""

import pytest

from slaharness import FAULT, RECOVERY


@pytest.mark.scenario(
    name="somebody-else-in-the-databases-place",
    load="steady-mix",
    experiment="kill-cassandra-statefulset",
    profile="impostors",
    fault="60s",
    recovery="60s",
)
def test_nobody_else_is_told_anything_while_the_database_is_away(run):
    """Services find only impostors, tell them nothing, and are back with the database; nothing is lost."""
    assert run.meets("impostors-told-nothing", over=FAULT)
    assert run.recovered(within="2m")
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.meets("no-reading-altered", over=RECOVERY)
