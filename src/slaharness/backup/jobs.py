"""Backups taken and restored now, by the stack's own CronJobs: a Job made from each, waited for, taken away.

What came of it is the last word of the Job's pod. A backup or restore that fails is no trouble of the
experiment's but an answer: it is stamped as an event, and judged.
"""

import json
import logging
import secrets as tokens
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from pydantic import Field, validate_call

from slaharness.backup import storage
from slaharness.chaos.client import Secrets, core
from slaharness.chaos.guard import permit
from slaharness.errors import NotYet
from slaharness.wait import until

__all__ = ["restore", "run_statements", "take"]

logger = logging.getLogger("chaostoolkit")

Name = Annotated[str, Field(min_length=1)]
Limit = Annotated[float, Field(gt=0)]
Event = dict[str, Any]
#: On a restore's pod: which backup. The stack's CronJob hands it on.
BACKUP = "slaharness.dev/backup"
JOB = "batch.kubernetes.io/job-name"
#: Runs the statements of a file, in the image of the Job that makes the tables.
MIGRATE = "python3 -B /opt/cassandra/node/schema.py"
#: A Job that nobody takes away goes by itself.
TIDY = {"ttlSecondsAfterFinished": 600}
#: Names of the backups that this process took: the experiment restores its own, not one that the clock took.
_taken: list[str] = []


@dataclass
class Work:
    """A Job under way: what its pods said when they ended, by pod, and how it went."""

    api: client.CoreV1Api
    namespace: str
    name: str
    failures: dict[str, tuple[float, str]] = field(default_factory=dict)
    outcome: Mapping[str, Any] | None = None
    progress: str = ""

    def ended(self) -> bool:
        """Look at it once; whether it has come to its end, good or bad."""
        pods: Any = self.api.list_namespaced_pod(self.namespace, label_selector=f"{JOB}={self.name}")
        for pod in pods.items:
            self._look(pod)
        batch = client.BatchV1Api(self.api.api_client)
        job: Any = batch.read_namespaced_job(self.name, self.namespace)
        failed = any(one.type == "Failed" and one.status == "True" for one in job.status.conditions or ())
        return self.outcome is not None or failed

    def _look(self, pod: Any) -> None:
        states = [one.state for one in pod.status.container_statuses or ()]
        end = next((state.terminated for state in states if state.terminated), None)
        if end is None:
            self._relay(pod)
        elif end.exit_code == 0:
            self.outcome = json.loads(end.message or "{}")
        else:
            at = end.finished_at.timestamp() if end.finished_at else time.time()
            self.failures.setdefault(pod.metadata.name, (at, _reason(end)))

    def _relay(self, pod: Any) -> None:
        """The last line that it printed, for the experiment's log."""
        if pod.status.phase != "Running":
            return
        try:
            said = self.api.read_namespaced_pod_log(pod.metadata.name, self.namespace, tail_lines=1)
        except ApiException:  # it has just ended
            return
        if said and said != self.progress:
            self.progress = str(said)
            logger.info("%s: %s", self.name, self.progress.strip())


@validate_call(config={"strict": True})
def take(
    *, namespace: Name, name: Name = "backup", within: Limit = 300.0, secrets: Secrets = None
) -> dict[str, Any]:
    """Take a backup now, by CronJob ``name``, and wait at most ``within`` seconds for it.

    Returns the events ``backup began``, ``backup failed`` for each try that did, and ``backup finished``.
    Raises when the namespace is not allowed or there is no such CronJob.
    """
    api = core(secrets)
    permit(api, namespace)
    began = time.time()
    work = _done(api, namespace, name, {}, within)
    events = [_event(began, "backup began", work.name), *_failures(work, "backup failed", within)]
    if work.outcome:
        told = {key: work.outcome[key] for key in ("name", "bytes", "objects", "uploaded", "tables")}
        events.append(_event(work.outcome["finished"], "backup finished", told))
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

    Returns the events ``restore began``, ``restore failed`` for each try that did, ``restore finished`` and
    ``first verified read``. Raises as ``take`` does.
    """
    api = core(secrets)
    permit(api, namespace)
    began, wanted = time.time(), _taken[-1 - older] if _taken else ""
    storage.put_back(namespace=namespace, name=statefulset, members=members, secrets=secrets)
    work = _done(api, namespace, name, {BACKUP: wanted} if wanted else {}, within)
    events = [_event(began, "restore began", wanted), *_failures(work, "restore failed", within)]
    if work.outcome:
        told = {key: work.outcome[key] for key in ("name", "bytes", "tables")}
        told["claims"] = storage.claims(api, namespace)
        events.append(_event(work.outcome["loaded"], "restore finished", told))
        if read := work.outcome.get("read"):
            events.append(_event(read, "first verified read"))
    return {"events": events}


@validate_call(config={"strict": True})
def run_statements(
    *,
    namespace: Name,
    statements: Annotated[list[str], Field(min_length=1)],
    name: Name = "schema",
    within: Limit = 120.0,
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
    work = _until_ended(api, namespace, body, within)
    if work.failures:
        raise ActivityFailed(f"{statements} did not go through: {next(iter(work.failures.values()))[1]}")
    return {"events": [_event(time.time(), "deployed", "; ".join(statements))]}


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


def _done(
    api: client.CoreV1Api, namespace: str, cronjob: str, annotations: Mapping[str, str], within: float
) -> Work:
    """Do what the CronJob does, now."""
    batch = client.BatchV1Api(api.api_client)
    name = f"{cronjob}-{tokens.token_hex(3)}"
    return _until_ended(api, namespace, _job(batch, namespace, cronjob, name, annotations), within)


def _until_ended(api: client.CoreV1Api, namespace: str, body: Any, within: float) -> Work:
    """Make a Job, wait for its end or the limit, and take it away with its pods.

    Should this process be killed, the Job's own limits end it and remove it.
    """
    batch = client.BatchV1Api(api.api_client)
    work = Work(api, namespace, body["metadata"]["name"])
    batch.create_namespaced_job(namespace, body)
    try:
        until(work.ended, within=within, every=0.5, what=f"job {work.name} has ended")
    except NotYet as error:
        work.failures["limit"] = (time.time(), str(error))
    finally:
        batch.delete_namespaced_job(work.name, namespace, propagation_policy="Background")
    return work


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


def _failures(work: Work, name: str, within: float) -> Iterator[Event]:
    for at, reason in sorted(work.failures.values()):
        yield _event(at, name, reason)
    if work.outcome is None and not work.failures:
        yield _event(time.time(), name, f"job {work.name} ended inside {within:g} s without a word")


def _event(at: float, name: str, detail: str | Mapping[str, Any] = "") -> Event:
    words = detail if isinstance(detail, str) else json.dumps(detail)
    logger.info("%s %s", name, words)
    return {"at": at, "name": name, "detail": words}


def _reason(end: Any) -> str:
    """Why the container ended: its last word, or what Kubernetes says of it."""
    message = (end.message or "").strip()
    try:
        return str(json.loads(message)["failed"])
    except (ValueError, KeyError, TypeError):
        last = message.splitlines()[-1:] or ["it said nothing"]
        return f"it ended with {end.exit_code} ({end.reason}): {last[0]}"
