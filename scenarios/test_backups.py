"""Backups of the database, judged by what they bring back, while stations post and users read."""

import pytest

from slaharness import BACKUP, RECOVERY


@pytest.mark.scenario(
    load="steady-mix", experiment="lose-whole-database", profile="backup", fault="150s", recovery="40s"
)
def test_database_comes_back_from_a_backup_after_losing_everything(run):
    """Pods, claims, volumes and directories gone: all that was written before the backup is back in 2 min."""
    assert run.restored(rpo="60s", rto="2m")
    assert run.recovered(within="150s")
    assert run.meets("api-availability", over=BACKUP)


@pytest.mark.scenario(
    load="steady-mix", experiment="lose-one-database-volume", profile="backup", fault="60s", recovery="40s"
)
def test_one_lost_volume_costs_nothing(run):
    """The other replicas have it all: no request fails for good, and no acknowledged reading is lost."""
    assert run.recovered(within="1m")
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.meets("no-reading-altered", over=RECOVERY)
