"""Ready means that it works, and what is not ready is named."""

import pytest
import requests

from slaharness.cluster.api import Endpoint
from slaharness.errors import StackTrouble
from slaharness.host.progress import Step
from slaharness.stack import ready
from slaharness.stack.manifests import Manifests

#: As Prometheus's pod is told of a job.
SCRAPED = "readings=application/readings:8000"
NAMESPACE = {"kind": "Namespace", "metadata": {"name": "application"}}


def workload(name="readings", kind="Deployment", replicas=2):
    return {
        "kind": kind,
        "metadata": {"name": name, "namespace": "application"},
        "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"args": [SCRAPED]}]}}},
    }


MANIFESTS = Manifests((NAMESPACE, workload()))


@pytest.fixture
def rollout(thing):
    """Make a Deployment of two in the given state."""

    def make(*, observed=3, updated=2, ready=2, total=2):
        return thing(
            {
                "metadata": {"name": "readings", "generation": 3},
                "spec": {"replicas": 2},
                "status": {
                    "observed_generation": observed,
                    "updated_replicas": updated,
                    "ready_replicas": ready,
                    "replicas": total,
                },
            }
        )

    return make


@pytest.mark.parametrize(
    ("state", "missing"),
    [
        ({}, []),
        ({"ready": 1}, ["readings 1/2"]),
        ({"updated": 1}, ["readings 1/2"]),
        ({"total": 3}, ["readings 2/2"]),
        ({"observed": 2}, ["readings 0/2"]),
    ],
)
def test_rollout_is_over_when_only_new_pods_are_there_and_ready(holding, rollout, state, missing):
    """Old pods that still serve are no sign that the new ones do."""
    api = holding(read_namespaced_deployment=rollout(**state))
    assert ready.rollouts(api, MANIFESTS) == missing


def test_a_stack_serves_only_with_its_databases(holding, thing, rollout, monkeypatch):
    """Pods whose StatefulSet was just deleted answer to the last; that is no stack to keep."""
    monkeypatch.setattr(ready, "answers", lambda _: [])
    space = [thing({"metadata": {"name": "application"}})]
    kept = thing({"metadata": {"name": "readings", "namespace": "application"}})
    api = holding(
        list_namespace=space,
        list_namespaced_stateful_set=[kept],
        read_namespaced_stateful_set=rollout(),
    )
    there = ready.databases(api)
    assert there == [{"kind": "StatefulSet", "metadata": {"name": "readings", "namespace": "application"}}]
    assert ready.serves(api, there) == []
    assert ready.serves(holding(), there) == ["readings to exist"]


def test_workload_not_made_yet_is_waited_for(holding):
    """What was just applied may not be there at once."""
    assert ready.rollouts(holding(), MANIFESTS) == ["readings to exist"]


def test_failed_job_ends_the_wait(holding, thing, monkeypatch):
    """Nothing comes of waiting for a Job that has given up."""
    conditions = [{"type": "Failed", "status": "True"}]
    failed = thing(
        {"metadata": {"name": "schema", "namespace": "persistence"}, "status": {"conditions": conditions}}
    )
    monkeypatch.setattr(ready, "BatchV1Api", lambda _: holding(read_namespaced_job=failed))
    with pytest.raises(StackTrouble, match="persistence/schema failed"):
        ready.rollouts(holding(), Manifests((workload("schema", "Job"),)))


class Web:
    """A session whose answers are made by a function of method and path."""

    def __init__(self, answer):
        self.answer = answer

    def request(self, method, url, **words):
        status, body = self.answer(method, url, words)
        response = requests.Response()
        response.status_code = status
        response.json = lambda: body
        response._content = str(body).encode()
        return response

    def get(self, url, **words):
        return self.request("GET", url, **words)


class Reachable:
    """An Api whose Services answer so."""

    def __init__(self, answer):
        self.answer = answer

    def endpoint(self, *_):
        return Endpoint("", Web(self.answer))


def test_answer_counts_only_with_the_value_just_written():
    """An edge that answers with something old has not read what was written."""
    kept = {}

    def fresh(method, url, words):
        if method == "PUT":
            kept.update(words["json"])
        return 200, kept

    assert ready.answers(Reachable(fresh)) == []
    assert ready.answers(Reachable(lambda *_: (200, {"high": 1.0}))) == ["a written value to be read again"]


def test_answers_are_asked_of_every_replica():
    """With one replica away the stack is not as it was asked for, though users would not notice."""
    levels = []

    def note(method, url, words):
        levels.append(words["params"]["consistency"])
        return 503, {"reason": "Unavailable: two of three"}

    assert "503" in ready.answers(Reachable(note))[0]
    assert set(levels) == {"ALL"}


def test_edge_out_of_reach_is_waited_for():
    """No answer is not an error yet."""

    def gone(*_):
        raise requests.ConnectionError

    assert ready.answers(Reachable(gone)) == ["an answer through the edge (ConnectionError)"]


def test_every_pod_must_be_scraped():
    """A verdict needs all of them: one of two is too few, one that is down does not count."""

    def targets(*states):
        active = [{"labels": {"job": "readings"}, "health": state} for state in states]
        return Reachable(lambda *_: (200, {"data": {"activeTargets": active}}))

    assert ready.scrapes(targets("up", "up"), MANIFESTS) == []
    assert ready.scrapes(targets("up", "down"), MANIFESTS) == ["Prometheus to scrape readings 1/2"]
    others = Manifests((*MANIFESTS.objects, workload("nobody-asked-for")))
    assert ready.scrapes(targets("up", "up"), others) == []


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        ({"forecast": "True"}, []),
        ({"forecast": "False"}, ["the autoscaler of application/forecast"]),
        ({}, ["the autoscaler of application/forecast"]),
        ({"another": "True"}, ["the autoscaler of application/forecast"]),
    ],
    ids=["ready", "cannot ask", "not made", "another's"],
)
def test_autoscaler_must_be_able_to_ask_what_it_scales_by(monkeypatch, found, missing):
    """One that could not when it was made tries again minutes later, and nobody would wake meanwhile."""
    objects = [
        {"metadata": {"namespace": "application", "name": name},
         "status": {"conditions": [{"type": "Ready", "status": status}]}}
        for name, status in found.items()
    ]  # fmt: skip
    monkeypatch.setattr(ready, "labelled", lambda *_: objects)
    scaler = {"kind": "ScaledObject", "metadata": {"namespace": "application", "name": "forecast"}}
    assert ready.scalers(None, Manifests((scaler,))) == missing
    assert ready.scalers(None, MANIFESTS) == []


def test_stack_that_does_not_become_ready_says_which_pod_and_why(holding, rollout, pod):
    """State and last log lines of the pod at fault are in the error."""
    ill = pod("readings-1", ready=False, state={"running": {}})
    well = pod("readings-2", ready=True, state={"running": {}})
    api = holding(read_namespaced_deployment=rollout(ready=1), list_namespaced_pod=[ill, well])
    with pytest.raises(StackTrouble) as caught:
        ready.until_ready(api, MANIFESTS, Step("Stack"), within=0)
    told = str(caught.value)
    assert "still waiting for readings 1/2" in told
    assert "application/readings-1: Running, main runs but is not ready (restarts: 2)" in told
    assert "main: line two" in told
    assert "readings-2" not in told


def test_image_that_cannot_be_had_ends_the_wait_at_once(holding, rollout, pod):
    """Waiting does not bring an image that no node has."""
    waiting = {"waiting": {"reason": "ErrImageNeverPull", "message": "not present"}}
    lost = pod("readings-1", ready=False, state=waiting, phase="Pending")
    api = holding(read_namespaced_deployment=rollout(ready=1), list_namespaced_pod=[lost])
    with pytest.raises(StackTrouble, match=r"cannot become ready.*\n.*ErrImageNeverPull not present"):
        ready.until_ready(api, MANIFESTS, Step("Stack"), within=60)
