"""When a Prometheus started, by its own word: what it forgot when it restarted inside a window is not known.

Whatever job it scrapes itself under, and whether it does so at all, it says this over HTTP. A record keeps it
as a series, so that it is known when the record is judged again.
"""

import re
from collections.abc import Iterable
from datetime import datetime

import requests

from slaharness.cluster.api import Endpoint
from slaharness.metrics.evidence import Series

#: The series of a record that says it, in seconds since the epoch.
NAME = "slaharness_prometheus_start_time_seconds"
PATIENCE = 10
#: As a program's own metrics have it.
_OF_PROGRAM = re.compile(r"^process_start_time_seconds (\S+)$", re.MULTILINE)


def asked(endpoint: Endpoint) -> float | None:
    """Seconds since the epoch; None where it does not say, as much that only speaks Prometheus's language."""
    said = _of_runtime(endpoint)
    return _of_metrics(endpoint) if said is None else said


def _of_metrics(endpoint: Endpoint) -> float | None:
    """As VictoriaMetrics says it, in whole seconds: it may have been any instant of that one."""
    try:
        answer = endpoint.session.get(f"{endpoint.url}/metrics", timeout=PATIENCE)
        found = _OF_PROGRAM.search(answer.text) if answer.ok else None
        return float(found[1]) + 1.0 if found else None
    except (requests.RequestException, ValueError):
        return None


def _of_runtime(endpoint: Endpoint) -> float | None:
    try:
        answer = endpoint.session.get(f"{endpoint.url}/api/v1/status/runtimeinfo", timeout=PATIENCE)
        return datetime.fromisoformat(answer.json()["data"]["startTime"]).timestamp()
    except (requests.RequestException, ValueError, LookupError, TypeError):
        return None


def recorded(series: Iterable[Series]) -> float | None:
    """What ``kept`` kept, the latest start of several; None in records of versions that did not ask."""
    return max((one.samples[-1][1] for one in series if one.name == NAME), default=None)


def kept(started: float | None, end: float) -> list[Series]:
    """The series for a record whose windows end by ``end``: of no Prometheus that does not say it."""
    labels = {"__name__": NAME, "started": f"{started!r}"}  # two that were asked are two series
    return [] if started is None else [Series(labels, ((end, started),))]
