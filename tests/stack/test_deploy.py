"""Deploying again works, whatever was there before."""

import pytest

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
