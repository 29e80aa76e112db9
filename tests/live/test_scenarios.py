"""The scenarios of this project on the real stack: good ones pass, broken ones do not."""

import json
import signal
import time
from pathlib import Path

import pytest

from slaharness.host.wait import until
from slaharness.record.store import RecordStore
from slaharness.undo import journal as undo

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.live

MET, MISSED, INTERRUPTED, INCONCLUSIVE = 0, 1, 2, 3
NOTHING = """
import pytest
from slaharness import FAULT

@pytest.mark.scenario(load="steady-mix", experiment="kill-nothing", fault="10s", recovery="10s")
def test_nothing_is_hit(run):
    '''A selector that matches no pod.'''
    assert run.meets("api-availability", over=FAULT)
"""
DOUBLE = """
import pytest
from slaharness import FAULT

@pytest.mark.scenario(load="double", experiment="kill-one-api-pod")
def test_users_never_notice(run):
    '''Two processes share one load.'''
    assert run.meets("api-availability", over=FAULT)
"""


@pytest.mark.parametrize(
    "name",
    [
        "kill-cassandra-statefulset",
        # By a user of an existing cluster, and over TLS, each change is tried with this one.
        pytest.param("kill-one-api-pod", marks=pytest.mark.nightly),
        pytest.param("kill-one-cassandra-pod", marks=pytest.mark.nightly),
        pytest.param("evict-cassandra-pods", marks=pytest.mark.nightly),
        pytest.param("correct-while-one-cassandra-pod-dies", marks=pytest.mark.nightly),
    ],
)
def test_good_stack_keeps_its_promises_and_the_record_says_so_again(harness, name):
    """Each promise held, with real requests behind it, and the same without a cluster."""
    ended = harness.proves(name)
    assert max(int(verdict["requests"] or 0) for verdict in ended.verdicts.values()) > 500


@pytest.mark.nightly
def test_cost_is_measured_and_a_rise_in_prices_is_missed(harness):
    """By the scheduler's and the kubelets' own figures; at ten times the prices the record is too dear."""
    name = "cost-of-a-lost-pod"
    ended = harness.run(name)
    assert ended.code == MET, ended.err
    prices = ended.records[name] / "prices.json"
    dear = {
        key: price if key == "currency" else price * 10
        for key, price in json.loads(prices.read_text()).items()
    }
    prices.write_text(json.dumps(dear))
    assert harness("judge", str(ended.records[name])).code == MISSED


def test_a_recovery_is_told_in_its_parts(harness):
    """When users noticed, got an answer again, when pods were Ready, when all was well: each a figure."""
    record = max((harness.folder / "reports/kill-cassandra-statefulset").glob("*"))
    told = harness("judge", str(record), "--json").verdicts["kill-cassandra-statefulset/recovery/RECOVERY"]
    figures = told["figures"]
    assert 0 <= figures["detected (s)"] < figures["answered (s)"] <= figures["steady (s)"]
    assert 2 < figures["ready (s)"] < 120


@pytest.mark.nightly
def test_two_workers_are_measured_as_one_load(project):
    """Prometheus finds them both, and counts what their ledgers hold together: else it is UNKNOWN."""
    (project.folder / "scenarios/test_double.py").write_text(DOUBLE)
    text = (ROOT / "loadprofiles/steady-mix.py").read_text()
    (project.folder / "loadprofiles/double.py").write_text(f"{text}\nWORKERS = 2\n")
    experiment = "experiments/kill-one-api-pod.yaml"
    (project.folder / experiment).symlink_to(ROOT / experiment)
    ended = project.run("kill-one-api-pod")
    assert ended.code == MET, ended.err
    assert int(ended.verdicts["kill-one-api-pod/api-availability/FAULT"]["requests"]) > 900


def test_fault_that_hits_nothing_is_inconclusive(project):
    """A selector that matches nothing never gives a pass: exit 3, and the selector is named."""
    (project.folder / "scenarios/test_nothing.py").write_text(NOTHING)
    text = (ROOT / "experiments/kill-one-api-pod.yaml").read_text()
    broken = text.replace("app.kubernetes.io/name=readings", "app.kubernetes.io/name=nobody")
    (project.folder / "experiments/kill-nothing.yaml").write_text(broken)
    ended = project.run("kill-nothing")
    assert ended.code == INCONCLUSIVE, ended.err
    assert "app.kubernetes.io/name=nobody" in ended.verdicts["kill-nothing/api-availability/FAULT"]["reason"]


def test_prometheus_killed_during_the_run_is_inconclusive(harness, cluster):
    """Whatever the clients saw, a judge without its Prometheus does not know: exit 3."""
    running = started(harness, "kill-one-api-pod")
    labels = "app.kubernetes.io/name=prometheus"
    cluster.core.delete_collection_namespaced_pod(
        "observability", label_selector=labels, grace_period_seconds=0
    )
    out, err = running.communicate(timeout=600)
    assert running.returncode == INCONCLUSIVE, err
    assert '"outcome": "UNKNOWN"' in out


@pytest.mark.parametrize(
    "number",
    [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.nightly)],
    ids=["SIGINT", "SIGTERM"],
)
def test_interrupted_run_puts_everything_back_and_keeps_its_record(harness, left, number):
    """Ctrl-C and SIGTERM in the middle of a fault: exit 2, nothing of the run left, the record says why."""
    running = started(harness, "kill-one-api-pod")
    running.send_signal(number)
    _, err = running.communicate(timeout=120)
    assert running.returncode == INTERRUPTED, err
    assert left() == []
    assert list(undo.folder().glob("*.json")) == []
    record = max((harness.folder / "reports/kill-one-api-pod").glob("*"))
    assert "the run was interrupted" in RecordStore.open(record).record().problems
    assert harness("judge", str(record)).code == INCONCLUSIVE


def test_killed_run_is_healed(harness, left):
    """`kill -9` of the harness in the middle of a fault: `slaharness heal` puts back what it left."""
    running = started(harness, "kill-one-api-pod")
    running.kill()
    running.communicate(timeout=60)
    assert left() != []
    healed = harness("heal")
    assert healed.code == 0, healed.err
    assert left() == []
    assert list(undo.folder().glob("*.json")) == []
    assert "nothing to heal" in harness("heal").out


@pytest.mark.parametrize(
    ("mutant", "scenario"),
    [
        ("one-api-replica", "kill-one-api-pod"),
        pytest.param("cassandra-rf-1", "kill-one-cassandra-pod", marks=pytest.mark.nightly),
    ],
)
def test_broken_stack_is_caught(harness, cluster, mutant, scenario):
    """A stack with a real weakness misses its promise, and the reason is in the verdict."""
    assert harness("undeploy", "--name", "live").code == 0
    ended = harness.run(scenario, "--overlay", f"weather/mutants/{mutant}")
    assert ended.code == MISSED, ended.err
    availability = ended.verdicts[f"{scenario}/api-availability/FAULT"]
    assert availability["outcome"] == "MISSED"
    assert "requests failed" in availability["reason"]
    assert "into FAULT" in availability["reason"], "what the clients saw is said, too"


def started(harness, scenario):
    """A run of ``scenario`` on the live cluster whose fault has just been injected."""
    since = time.time()
    running = harness.start("run", scenario, "--name", "live", "--json")

    def injected():
        assert running.poll() is None, running.communicate()
        story = harness.told(scenario, since)
        return story is not None and story.fault is not None

    until(injected, within=300, every=0.5, what="the fault is injected")
    return running
