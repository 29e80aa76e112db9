"""Deploying again works, whatever was there before."""

from types import SimpleNamespace

import pytest

from slaharness.errors import StackTrouble
from slaharness.stack import deploy as module
from slaharness.stack.manifests import CONTENT

JOB = {
    "kind": "Job",
    "metadata": {"name": "schema", "namespace": "persistence", "annotations": {CONTENT: "new"}},
}


@pytest.fixture
def jobs(monkeypatch, holding, thing):
    """The cluster's Job, with the mark in ``state``; deleting it takes it away."""
    state = {}

    def batch(_):
        if state.get("mark") is None:
            return holding()
        job = thing({"metadata": {}})
        job.metadata.annotations = {CONTENT: state["mark"]}
        return holding(read_namespaced_job=job)

    monkeypatch.setattr(module, "BatchV1Api", batch)
    return state


@pytest.mark.parametrize(("mark", "deleted"), [(None, False), ("new", False), ("old", True)])
def test_job_made_from_something_else_goes_first(jobs, holding, mark, deleted):
    """A Job cannot be changed in place; one that is as wanted keeps its result."""
    jobs["mark"] = mark
    api = holding()
    removed = []
    api.delete = lambda bodies: (removed.extend(bodies), jobs.update(mark=None))
    module._remove_old_jobs(api, [JOB])
    assert bool(removed) == deleted


def test_what_somebody_else_put_into_the_cluster_is_not_taken_over():
    """Overwritten now, it would be removed with our stack later, with all objects of theirs."""

    def found(**labels):
        return {"kind": "CustomResourceDefinition", "metadata": {"name": "scalers", "labels": labels}}

    cluster = SimpleNamespace(name="theirs")
    module._not_theirs(cluster, "weather", [found(**{"app.kubernetes.io/part-of": "weather"})])
    with pytest.raises(StackTrouble, match="theirs has a CustomResourceDefinition scalers of its own"):
        module._not_theirs(cluster, "weather", [found(**{"app.kubernetes.io/part-of": "keda-operator"})])


def test_a_namespace_that_is_somebody_elses_is_left_alone(monkeypatch):
    """Labelled as ours it would be open for faults, and go with the stack, with all that is theirs in it."""
    wanted = SimpleNamespace(
        objects=[
            {"kind": kind, "metadata": {"name": name}}
            for kind, name in (("Namespace", "load"), ("Namespace", "application"), ("Service", "edge"))
        ]
    )
    here = {"load", "application", "edge"}
    api = SimpleNamespace(
        there=lambda some: [one["metadata"]["name"] for one in some if one["metadata"]["name"] in here]
    )
    monkeypatch.setattr(module, "namespaces", lambda _, stack: ["load"] if stack == "weather" else [])
    with pytest.raises(StackTrouble, match="theirs has application of its own"):
        module._namespaces_are_free("theirs", api, "weather", wanted)
    here.remove("application")
    module._namespaces_are_free("theirs", api, "weather", wanted)
