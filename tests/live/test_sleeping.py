"""Services that sleep, on the real stack with the real autoscaler: good ones pass, a broken one does not."""

import pytest

from slaharness.stack import inventory
from slaharness.stack.objects import Kind, labelled

#: Seconds: where nothing is cached, KEDA is compiled first; moving between profiles takes minutes, too.
LONG = 2400.0
DEFINITIONS = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
pytestmark = [pytest.mark.live, pytest.mark.timeout(LONG + 200)]

MET, MISSED = 0, 1


def test_service_that_nobody_asks_sleeps(harness):
    """It wakes for who asks and sleeps again, by the API and by Prometheus; the record says so again."""
    harness.proves("forecast-rests", within=LONG)


@pytest.mark.nightly
def test_service_asleep_answers_the_first_who_asks(harness):
    """Ten wakes, each seen stage by stage, none refused; and the record says so again without a cluster."""
    ended = harness.proves("forecast-wakes", within=LONG)
    assert ended.verdicts["forecast-wakes/cold-started/FAULT"]["requests"] == 10


@pytest.mark.nightly
def test_service_grows_and_outlives_its_metrics(harness):
    """Many ask, few ask for much, and Prometheus loses its data while some ask."""
    names = ("forecast-spike", "forecast-toil", "kill-prometheus-while-busy")
    ended = harness.run(*names, within=LONG)
    assert ended.code == MET, ended.err


@pytest.mark.nightly
def test_no_work_is_lost_with_who_does_it(harness):
    """Work waits for a worker that sleeps, and outlives one that dies; each queue's worker sleeps again."""
    names = ("announcements-lose-their-worker", "summaries-wait-for-their-worker")
    ended = harness.run(*names, within=LONG)
    assert ended.code == MET, ended.err


@pytest.mark.nightly
def test_worker_that_forgets_its_work_is_caught(harness):
    """Taken off the queue before it was done, work dies with its worker: MISSED, and how much of it."""
    scenario = "announcements-lose-their-worker"
    ended = harness.run(scenario, "--overlay", "weather/mutants/fanout-forgets", within=LONG)
    assert ended.code == MISSED, ended.err
    work = ended.verdicts[f"{scenario}/drained/FAULT"]
    assert (work["outcome"], "accepted pieces of work are lost" in work["reason"]) == ("MISSED", True)


@pytest.mark.nightly
def test_autoscaler_that_takes_no_data_for_no_work_is_caught(harness):
    """KEDA's default sends a busy service to sleep when Prometheus comes back empty: MISSED, and why."""
    overlay = "weather/mutants/keda-ignores-nulls"
    ended = harness.run("kill-prometheus-while-busy", "--overlay", overlay, within=LONG)
    assert ended.code == MISSED, ended.err
    awake = ended.verdicts["kill-prometheus-while-busy/stayed-awake/FAULT"]
    assert (awake["outcome"], "while work went on" in awake["reason"]) == ("MISSED", True)


@pytest.mark.nightly
def test_nothing_of_the_autoscaler_is_left(harness, cluster):
    """Definitions, APIs, roles and what stands in kube-system go with the stack, and the stack comes back."""
    assert (
        harness("deploy", "--name", "live", "--profile", "scaling", "--replace-stack", within=LONG).code == 0
    )
    assert labelled(cluster, DEFINITIONS, "weather") != []
    assert harness("undeploy", "--name", "live").code == 0
    assert [one for kind in inventory.OUTSIDE for one in labelled(cluster, kind, "weather")] == []
    assert harness("deploy", "--name", "live", within=LONG).code == 0
