"""Backups on the real stack: what they bring back, and that one which is none is not taken for one."""

from pathlib import Path

import pytest
import yaml

from slaharness.host.wait import until
from slaharness.stack.objects import profiles
from slaharness.undo import journal as undo

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.live

MET, MISSED = 0, 1


@pytest.mark.parametrize(
    "name",
    [
        "lose-whole-database",
        pytest.param("lose-one-database-volume", marks=pytest.mark.nightly),
        pytest.param("restore-an-older-backup", marks=pytest.mark.nightly),
        pytest.param("restore-into-another-ring", marks=pytest.mark.nightly),
        pytest.param("kill-a-pod-while-backing-up", marks=pytest.mark.nightly),
        pytest.param("kill-the-object-store", marks=pytest.mark.nightly),
    ],
)
def test_what_was_lost_is_back_and_the_record_says_so_again(harness, name):
    """Every row of its time, by a read of everything, in time; and the same without a cluster."""
    harness.proves(name)


def backup_mutants():
    known = yaml.safe_load((ROOT / "weather/mutants/mutants.yaml").read_text())
    return [(name, one) for name, one in known.items() if one["scenario"] == "lose-whole-database"]


@pytest.mark.nightly
@pytest.mark.parametrize(("mutant", "known"), backup_mutants())
def test_backup_that_is_none_is_caught(harness, cluster, mutant, known):
    """Whatever is wrong with it, and however it ends: what was lost is said not to be back, and why."""
    assert harness("undeploy", "--name", "live").code == 0
    ended = harness.run(known["scenario"], "--overlay", f"weather/mutants/{mutant}")
    assert ended.code == MISSED, ended.err
    verdict = ended.verdicts[f"{known['scenario']}/{known['objective']}/RECOVERY"]
    assert verdict["outcome"] == "MISSED"
    assert known["reason"] in verdict["reason"]


@pytest.mark.nightly
def test_a_harness_killed_between_loss_and_restore_is_healed(harness, cluster, left):
    """`kill -9` while there is no database: no stack that lost its data is left, and the next run works."""
    scenario = "lose-whole-database"
    assert harness("deploy", "--name", "live", "--profile", "backup", "--replace-stack").code == 0
    running = harness.start("run", scenario, "--name", "live", "--json")

    def lost():
        assert running.poll() is None, running.communicate()
        return not cluster.apps.list_namespaced_stateful_set("persistence").items

    until(lost, within=400, every=0.2, what="the database is lost")
    running.kill()
    running.communicate(timeout=60)
    healed = harness("heal")
    assert healed.code == MET, healed.err
    assert "the stack, should it have lost its data" in healed.err
    assert left() == []
    assert list(undo.folder().glob("*.json")) == []
    assert profiles(cluster, "weather") == set()
    harness.proves(scenario)
