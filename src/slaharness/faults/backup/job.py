"""A Job that experiments have done: made, waited for, taken away. Its pods' last words say how it went."""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException

from slaharness.errors import NotYet
from slaharness.host.wait import until

logger = logging.getLogger("chaostoolkit")

Event = dict[str, Any]
JOB = "batch.kubernetes.io/job-name"


@dataclass
class Job:
    """A Job under way: what its pods said when they ended, by pod, and how it went.

    ``running`` is since when (epoch seconds) one of them surely ran; infinite while none did.
    """

    api: "client.CoreV1Api"
    namespace: str
    name: str
    failures: dict[str, tuple[float, str]] = field(default_factory=dict)
    outcome: Mapping[str, Any] | None = None
    progress: str = ""
    running: float = inf

    def ended(self) -> bool:
        """Look at it once; whether it has come to its end, good or bad."""
        batch = client.BatchV1Api(self.api.api_client)
        job: Any = batch.read_namespaced_job(self.name, self.namespace)
        # After the Job: when that has failed, the last words of its pods are there.
        pods: Any = self.api.list_namespaced_pod(self.namespace, label_selector=f"{JOB}={self.name}")
        for pod in pods.items:
            self._look(pod)
        failed = any(one.type == "Failed" and one.status == "True" for one in job.status.conditions or ())
        return self.outcome is not None or failed

    def _look(self, pod: Any) -> None:
        states = [one.state for one in pod.status.container_statuses or ()]
        for begun in filter(None, (state.running or state.terminated for state in states)):
            if begun.started_at:  # in whole seconds, rounded down: by the next one it was so
                self.running = min(self.running, begun.started_at.timestamp() + 1)
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


def until_ended(api: "client.CoreV1Api", namespace: str, body: Any, within: float) -> Job:
    """Make a Job, wait for its end or the limit, and take it away with its pods.

    Should this process be killed, the Job's own limits end it and remove it.
    """
    batch = client.BatchV1Api(api.api_client)
    job = Job(api, namespace, body["metadata"]["name"])
    batch.create_namespaced_job(namespace, body)
    try:
        until(job.ended, within=within, every=0.5, what=f"job {job.name} has ended")
    except NotYet as error:
        job.failures["limit"] = (time.time(), str(error))
    finally:
        batch.delete_namespaced_job(job.name, namespace, propagation_policy="Background")
    return job


def outcomes(job: Job, what: str, within: float) -> Iterator[Event]:
    """Events of a ``backup`` or ``restore``: since when it was under way, and each try of it that failed."""
    if job.running < inf:
        yield event(job.running, f"{what} under way")
    for at, reason in sorted(job.failures.values()):
        yield event(at, f"{what} failed", reason)
    if job.outcome is None and not job.failures:
        yield event(time.time(), f"{what} failed", without_a_word(job, within))


def without_a_word(job: Job, within: float) -> str:
    return f"job {job.name} ended inside {within:g} s without a word"


def event(at: float, name: str, detail: str | Mapping[str, Any] = "") -> Event:
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
