"""CQL that an experiment has run on the database, as a bad deployment would."""

import secrets as tokens
import time
from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from pydantic import Field, validate_call

from slaharness.chaos.client import Secrets, core
from slaharness.chaos.guard import permit
from slaharness.faults.backup.work import event, until_ended, without_a_word

__all__ = ["run"]

#: Runs the statements of a file, in the image of the Job that makes the tables.
MIGRATE = "python3 -B /opt/cassandra/node/schema.py"
#: A Job that nobody takes away goes by itself.
TIDY = {"ttlSecondsAfterFinished": 600}


@validate_call(config={"strict": True})
def run(
    *,
    namespace: Annotated[str, Field(min_length=1)],
    statements: Annotated[list[str], Field(min_length=1)],
    name: Annotated[str, Field(min_length=1)] = "schema",
    within: Annotated[float, Field(gt=0)] = 120.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Run CQL as a bad deployment would: by Job ``name``, which makes the tables, told to do something else.

    Returns the event ``deployed``. Raises when it did not go through.
    """
    api = core(secrets)
    permit(api, namespace)
    batch = client.BatchV1Api(api.api_client)
    model: Any = batch.read_namespaced_job(name, namespace)
    body = _as_another(batch.api_client.sanitize_for_serialization(model), "; ".join(statements))
    work = until_ended(api, namespace, body, within)
    if work.outcome is None:
        said = [reason for _, reason in sorted(work.failures.values())] or [without_a_word(work, within)]
        raise ActivityFailed(f"{statements} did not go through: {said[-1]}")
    return {"events": [event(time.time(), "deployed", "; ".join(statements))]}


def _as_another(job: Any, statements: str) -> Any:
    """The Job with another name, without what its controller wrote into it, and with other statements."""
    template = job["spec"]["template"]
    labels = template["metadata"]["labels"]
    template["metadata"] = {"labels": {key: labels[key] for key in labels if "/part-of" in key}}
    (container,) = template["spec"]["containers"]
    container["command"] = ["sh", "-c", f"{MIGRATE} /dev/stdin <<'END'\n{statements};\nEND"]
    meta = {"name": f"deployment-{tokens.token_hex(3)}"}
    spec = {"template": template, "backoffLimit": 0, "activeDeadlineSeconds": 300, **TIDY}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec}
