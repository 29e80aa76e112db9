"""Backups taken and restored now, by the stack's own CronJobs: a Job made from each, waited for, taken away.

What came of it is the last word of the Job's pod. A backup or restore that fails is no trouble of the
experiment's but an answer: it is stamped as an event, and judged.
"""

import secrets as tokens
import time
from collections.abc import Mapping
from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import Field, validate_call

from slaharness.chaos.client import Secrets, core
from slaharness.chaos.guard import permit
from slaharness.faults.backup import claims, storage
from slaharness.faults.backup.work import Work, event, told_of, until_ended

__all__ = ["restore", "take"]

Name = Annotated[str, Field(min_length=1)]
Limit = Annotated[float, Field(gt=0)]
#: On a restore's pod: which backup. The stack's CronJob hands it on.
BACKUP = "slaharness.dev/backup"
#: Names of the backups that this process took: the experiment restores its own, not one that the clock took.
_taken: list[str] = []


@validate_call(config={"strict": True})
def take(
    *, namespace: Name, name: Name = "backup", within: Limit = 300.0, secrets: Secrets = None
) -> dict[str, Any]:
    """Take a backup now, by CronJob ``name``, and wait at most ``within`` seconds for it.

    Returns the events ``backup began``, ``backup under way``, ``backup failed`` for each try that did, and
    ``backup finished``.
    Raises when the namespace is not allowed or there is no such CronJob.
    """
    api = core(secrets)
    permit(api, namespace)
    began = time.time()
    work = _done(api, namespace, name, {}, within)
    events = [event(began, "backup began", work.name), *told_of(work, "backup", within)]
    if work.outcome:
        told = {key: work.outcome[key] for key in ("name", "bytes", "objects", "uploaded", "tables")}
        events.append(event(work.outcome["finished"], "backup finished", told))
        _taken.append(told["name"])
    return {"events": events}


@validate_call(config={"strict": True})
def restore(
    *,
    namespace: Name,
    statefulset: Name,
    name: Name = "restore",
    older: Annotated[int, Field(ge=0)] = 0,
    members: Annotated[int, Field(ge=1)] | None = None,
    within: Limit = 600.0,
    secrets: Secrets = None,
) -> dict[str, Any]:
    """Put back a lost ``statefulset``, and restore a backup into it by CronJob ``name``.

    It is the last one that the experiment took, or as many before that as ``older`` says; the latest in the
    store when it took none. ``members`` is another number of pods than were lost.

    Returns the events ``restore began``, ``restore under way``, ``restore failed`` for each try that did,
    ``restore finished`` and ``first verified read``. Raises as ``take`` does.
    """
    api = core(secrets)
    permit(api, namespace)
    began, wanted = time.time(), _taken[-1 - older] if _taken else ""
    storage.put_back(namespace=namespace, name=statefulset, members=members, secrets=secrets)
    work = _done(api, namespace, name, {BACKUP: wanted} if wanted else {}, within)
    events = [event(began, "restore began", wanted), *told_of(work, "restore", within)]
    if work.outcome:
        told = {key: work.outcome[key] for key in ("name", "bytes", "tables")}
        told["claims"] = claims.there(api, namespace)
        events.append(event(work.outcome["loaded"], "restore finished", told))
        if read := work.outcome.get("read"):
            events.append(event(read, "first verified read"))
    return {"events": events}


def _done(
    api: client.CoreV1Api, namespace: str, cronjob: str, annotations: Mapping[str, str], within: float
) -> Work:
    """Do what the CronJob does, now."""
    batch = client.BatchV1Api(api.api_client)
    name = f"{cronjob}-{tokens.token_hex(3)}"
    return until_ended(api, namespace, _job(batch, namespace, cronjob, name, annotations), within)


def _job(
    batch: client.BatchV1Api, namespace: str, cronjob: str, name: str, annotations: Mapping[str, str]
) -> Any:
    try:
        found: Any = batch.read_namespaced_cron_job(cronjob, namespace)
    except ApiException as error:
        raise ActivityFailed(
            f"CronJob {cronjob} in {namespace} cannot be read: {error.status} {error.reason}; "
            "does the stack have one? Profile `backup` does"
        ) from error
    template = batch.api_client.sanitize_for_serialization(found.spec.job_template)
    template["spec"]["template"].setdefault("metadata", {})["annotations"] = dict(annotations)
    meta = {"name": name, "labels": template.get("metadata", {}).get("labels", {})}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template["spec"]}
