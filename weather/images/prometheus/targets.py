#!/usr/bin/python3
"""Tell Prometheus which pods there are: one file of targets a job, written anew when pods come or go.

Debian's Prometheus is built without its own Kubernetes discovery. Usage, in a pod with a service account that
may list pods in those namespaces: ``targets FOLDER JOB=[https://]NAMESPACE/NAME:PORT…``, where NAME is the
value of the label app.kubernetes.io/name. Pods that are not ready are targets too: it is worth seeing that
they do not answer. By HTTPS a pod is asked under its own name, for that is what it has a certificate for.
"""

import http.client
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import incluster

EVERY = 1.0
HTTPS = "https://"


@dataclass(frozen=True)
class Job:
    """Pods of one kind and the port they are scraped at, where ``secured`` by HTTPS."""

    name: str
    namespace: str
    label: str
    port: int
    secured: bool = False


def parse(text: str) -> Job:
    """Read JOB=[https://]NAMESPACE/NAME:PORT. Raises ValueError."""
    name, where = text.split("=")
    namespace, rest = where.removeprefix(HTTPS).split("/")
    label, port = rest.split(":")
    return Job(name, namespace, label, int(port), secured=where.startswith(HTTPS))


def targets(job: Job, pods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every living pod of the job that has an address, in Prometheus's own format for files."""
    return sorted(_targets(job, pods), key=lambda entry: str(entry["targets"]))


def _targets(job: Job, pods: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for pod in pods:
        meta, status = pod["metadata"], pod["status"]
        ours = meta.get("labels", {}).get("app.kubernetes.io/name") == job.label
        if ours and status.get("podIP") and status.get("phase") not in {"Succeeded", "Failed"}:
            labels = {"pod": meta["name"], "node": pod["spec"].get("nodeName", "")}
            if job.secured:
                labels["__scheme__"] = "https"
            host = _called(pod) if job.secured else status["podIP"]
            yield {"targets": [f"{host}:{job.port}"], "labels": labels}


def _called(pod: dict[str, Any]) -> str:
    """By its own name, which a StatefulSet's pods have under its Service. Raises KeyError for others."""
    spec = pod["spec"]
    return f"{spec['hostname']}.{spec['subdomain']}.{pod['metadata']['namespace']}.svc"


def write(path: Path, text: str) -> None:
    """Replace a file in one go, and only when it changes: Prometheus reads it at once."""
    if path.exists() and path.read_text() == text:
        return
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def look(folder: Path, jobs: list[Job], api: http.client.HTTPSConnection) -> None:
    """Write each job's file once."""
    spaces = {job.namespace for job in jobs}
    pods = {space: incluster.listed(f"/api/v1/namespaces/{space}/pods", api) for space in spaces}
    for job in jobs:
        write(folder / f"{job.name}.json", json.dumps(targets(job, pods[job.namespace])))


def main() -> None:
    """Look every second until stopped; what cannot be asked now is asked again, the old files stay."""
    folder, jobs = Path(sys.argv[1]), [parse(word) for word in sys.argv[2:]]
    api = incluster.connection()
    while True:
        try:
            look(folder, jobs, api)
        except (OSError, http.client.HTTPException) as error:
            print(f"cannot list pods: {error}", file=sys.stderr, flush=True)  # noqa: T201
            api.close()
        time.sleep(EVERY)


if __name__ == "__main__":
    main()
