"""Does now what a CronJob of the stack does by the clock: a Job made from it, waited for, taken away."""

import secrets as tokens
from collections.abc import Mapping
from typing import Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from slaharness.faults.backup.job import Job, until_ended

#: On a restore's pod: which backup. The stack's CronJob hands it on.
BACKUP = "slaharness.dev/backup"
#: Names of the backups that this process took: the experiment restores its own, not one that the clock took.
taken: list[str] = []


def run_now(
    api: "client.CoreV1Api", namespace: str, cronjob: str, annotations: Mapping[str, str], within: float
) -> Job:
    """Do what the CronJob does, now."""
    batch = client.BatchV1Api(api.api_client)
    name = f"{cronjob}-{tokens.token_hex(3)}"
    return until_ended(api, namespace, _job(batch, namespace, cronjob, name, annotations), within)


def _job(
    batch: "client.BatchV1Api", namespace: str, cronjob: str, name: str, annotations: Mapping[str, str]
) -> Any:
    try:
        found: Any = batch.read_namespaced_cron_job(cronjob, namespace)
    except ApiException as error:
        raise ActivityFailed(
            f"CronJob {cronjob} in {namespace} cannot be read: {error.status} {error.reason}; "
            f"see `kubectl -n {namespace} get cronjobs`"
        ) from error
    template = batch.api_client.sanitize_for_serialization(found.spec.job_template)
    template["spec"]["template"].setdefault("metadata", {})["annotations"] = dict(annotations)
    meta = {"name": name, "labels": template.get("metadata", {}).get("labels", {})}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template["spec"]}
