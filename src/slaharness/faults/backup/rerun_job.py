"""The action ``rerun_job``: a Job of the stack runs again with another command, as a bad deployment does."""

import secrets as tokens
import time
from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from pydantic import Field, validate_call

from slaharness.chaos.client import Secrets, core
from slaharness.chaos.declaration import fault
from slaharness.chaos.guard import permit
from slaharness.faults.backup.job import event, until_ended, without_a_word

__all__ = ["rerun_job"]

#: A Job that is not taken away goes by itself.
TIDY = {"ttlSecondsAfterFinished": 600}


@fault(
    rights={"jobs.batch": "get create delete", "pods": "list", "pods/log": "get"},
    target="jobs",
)
@validate_call(config={"strict": True})
def rerun_job(
    *,
    namespace: Annotated[str, Field(min_length=1)],
    name: Annotated[str, Field(min_length=1)],
    command: Annotated[list[str], Field(min_length=1)],
    within: Annotated[float, Field(gt=0)] = 120.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Run Job ``name`` again, in its image and with its environment, but with another ``command``.

    Returns the event ``deployed``. Raises when it did not go through.
    """
    api = core(secrets)
    permit(api, namespace)
    batch = client.BatchV1Api(api.api_client)
    model: Any = batch.read_namespaced_job(name, namespace)
    body = _with_command(batch.api_client.sanitize_for_serialization(model), command)
    job = until_ended(api, namespace, body, within)
    if job.outcome is None:
        said = [reason for _, reason in sorted(job.failures.values())] or [without_a_word(job, within)]
        raise ActivityFailed(f"{command} did not go through: {said[-1]}")
    return {"events": [event(time.time(), "deployed", " ".join(command))]}


def _with_command(job: Any, command: list[str]) -> Any:
    """The Job with another name, without what its controller wrote into it, and with another command."""
    template = job["spec"]["template"]
    labels = template["metadata"]["labels"]
    template["metadata"] = {"labels": {key: labels[key] for key in labels if "/part-of" in key}}
    (container,) = template["spec"]["containers"]
    container["command"] = command
    meta = {"name": f"deployment-{tokens.token_hex(3)}"}
    spec = {"template": template, "backoffLimit": 0, "activeDeadlineSeconds": 300, **TIDY}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec}
