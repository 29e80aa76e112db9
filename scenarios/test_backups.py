"""Backups of the database, judged by what they bring back, while stations post and users read."""

import pytest

from slaharness import BACKUP, RECOVERY


@pytest.mark.scenario(
    load="steady-mix", experiment="lose-whole-database", profile="backup", fault="150s", recovery="40s"
)
def test_database_comes_back_from_a_backup_after_losing_everything(run):
    """Pods, claims, volumes and directories gone: what the backup has is back in two minutes."""
    assert run.restored(rpo="60s", rto="2m")
    assert run.recovered(within="150s")
    assert run.meets("api-availability", over=BACKUP)


@pytest.mark.scenario(
    load="steady-mix", experiment="lose-one-database-volume", profile="backup", fault="60s", recovery="40s"
)
def test_one_lost_volume_costs_nothing(run):
    """The other replicas have it all: requests are well again in a minute, and no reading is lost."""
    assert run.recovered(within="1m")
    assert run.meets("no-reading-lost", over=RECOVERY)
    assert run.meets("no-reading-altered", over=RECOVERY)


@pytest.mark.scenario(
    load="steady-mix", experiment="restore-an-older-backup", profile="backup", fault="180s", recovery="40s"
)
def test_older_backup_brings_back_what_a_bad_deployment_deleted(run):
    """The latest backup has the mistake in it; the one before it has every reading of its time."""
    assert run.restored(rpo="2m", rto="2m")


@pytest.mark.scenario(
    load="steady-mix", experiment="restore-into-another-ring", profile="backup", fault="330s", recovery="40s"
)
def test_backup_fits_a_ring_of_another_size(run):
    """From three nodes into two and from two into three: every reading finds its new owners."""
    assert run.restored(rpo="60s", rto="2m")


@pytest.mark.scenario(
    load="steady-mix",
    experiment="kill-a-pod-while-backing-up",
    profile="backup",
    fault="270s",
    recovery="40s",
)
def test_backup_outlives_a_killed_node(run):
    """The try that lost its node fails and says so; the backup that comes of another try is whole."""
    assert run.retried("backup")
    assert run.restored(rpo="2m", rto="2m")


@pytest.mark.scenario(
    load="steady-mix", experiment="kill-the-object-store", profile="backup", fault="240s", recovery="40s"
)
def test_backup_and_restore_outlive_a_killed_object_store(run):
    """Neither ends in half a backup or half a database."""
    assert run.retried("backup")
    assert run.retried("restore")
    assert run.restored(rpo="2m", rto="3m")
