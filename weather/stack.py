"""What the harness must know of the weather stack. Beside ``faults.py`` the only file that knows both."""

import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.api import NOT_FOUND, Api, Endpoint
from slaharness.errors import StackTrouble
from slaharness.ledger.ledger import Request
from slaharness.ledger.readback import fetch
from slaharness.model import Columns, ColumnType, CostJobs
from slaharness.stack import verified
from slaharness.stack.manifests import folder_of
from slaharness.stack.protocol import Authorities, Entry, ImageSource, PrometheusAt

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE))  # the services' package has this folder's name

import due_alerts  # noqa: E402 - found by the path above

#: Seconds for one HTTP answer while looking.
ANSWER = 5.0
#: A station that no load uses. Only limits are written for it: a reading would show up in the read-back.
STATION = "deploy-check"
#: What the conditions service says of a station without readings.
NONE_YET = (requests.codes.ok, requests.codes.not_found)
#: The stages after the database, each with the workload that brings it along: the topic that each node's
#: committed readings go to, the table of files that they are kept in, and what is kept for users to hear.
STAGES = {
    "messages": ("streaming", "readback"),
    "lake": ("streaming", "lake"),
    "alerts": ("application", "notify"),
}
#: Of an alert: who was to hear of which reading; not by which limit, which around a change may be either.
ALERTS = Columns(
    {
        "user": ColumnType.TEXT,
        "station": ColumnType.TEXT,
        "at": ColumnType.INTEGER,
        "id": ColumnType.TEXT,
        "temperature": ColumnType.NUMBER,
    },
    key="id",
    run="station",
)
#: Where users come in; where they do in a profile that encrypts, and verify it by what its authority says.
ENTRY, HTTPS = "http://edge.application.svc", 443
SECURED = Entry("https://edge.application.svc", Authorities("ConfigMap", "edge-authorities"))
#: How Prometheus's pod is told whom to scrape: JOB=[https://]NAMESPACE/NAME:PORT, where NAME is a workload's.
JOB = re.compile(r"(?P<job>[a-z-]+)=(?:https://)?(?P<namespace>[a-z-]+)/(?P<name>[a-z-]+):\d+")


class Weather:
    """Readable, Pipelined, Deriving, Priced and Secured, too."""

    name = "weather"
    entry = ENTRY
    namespaces = (
        "application", "persistence", "observability", "objectstore", "keda", "streaming", "security",
    )  # fmt: skip
    load_namespace = "load"
    prometheus = PrometheusAt(
        namespace="observability",
        service="prometheus",
        kept="http_requests_total|http_request_duration_seconds_.+|database_reachable"
        "|haproxy_frontend_bytes_out_total|impostor_.+|cdc_.+|lake_.+|notify_.+|pulsar_(msg_backlog|rate_in|storage_size)"
        "|flink_taskmanager_job_task_operator_(readings|alerts|dead_letters)"
        "|flink_jobmanager_job_(numRestarts|lastCheckpointDuration)",
        slower="requests|usage|claims",
    )
    columns = Columns(
        {
            "station": ColumnType.TEXT,
            "at": ColumnType.INTEGER,  # milliseconds since the epoch
            "id": ColumnType.TEXT,
            "temperature": ColumnType.NUMBER,  # °C
        },
        key="id",
        run="station",
    )
    #: What leaves the stack leaves through the frontend that users come in by.
    cost = CostJobs(
        requests="requests",
        usage="usage",
        claims="claims",
        edge="edge",
        sent="haproxy_frontend_bytes_out_total",
        sent_labels={"proxy": "api"},
        intervals={"requests": 2.0, "usage": 2.0, "claims": 2.0},
    )

    def profile(self, name: str) -> Path:
        return folder_of(HERE / "deploy" / "profiles", name)

    def images(self) -> Mapping[str, ImageSource]:
        """Of each folder in ``images/``; what reads the ring's files has the very classes that wrote them."""
        base = {"backup": "cassandra", "cdc": "cassandra"}
        extra = {"api": {"weather": HERE / "services" / "weather"}}
        return {
            file.parent.name: ImageSource(
                file.parent, base=base.get(file.parent.name, ""), extra=extra.get(file.parent.name, {})
            )
            for file in sorted((HERE / "images").glob("*/Containerfile"))
        }

    def entrance(self, api: Api) -> Entry:
        """By HTTPS where the edge that is deployed speaks it."""
        ports = api.core.read_namespaced_service("edge", "application").spec.ports
        return SECURED if HTTPS in {one.port for one in ports} else Entry(self.entry)

    def missing(self, api: Api) -> list[str]:
        return answers(api) or scrapes(api)

    def readback(self, api: Api, into: Path) -> None:
        """The readings service's whole export, each row read from every replica."""
        fetch(api.endpoint("application", "readings", 8000), "export?consistency=ALL", into)

    def pipeline(self, api: Api) -> Mapping[str, Columns]:
        """Where readings go on to, as far as the profile that is deployed has it."""
        there = [stage for stage, (space, name) in STAGES.items() if _workload(api, name, space) is not None]
        return {stage: ALERTS if stage == "alerts" else self.columns for stage in there}

    def read_stage(self, api: Api, stage: str, into: Path) -> None:
        """What whoever reads it as it is meant to be read has: on each reading the last word."""
        if stage == "alerts":
            fetch(api.endpoint("application", "notify", 8000), "export?consistency=ALL", into)
        else:
            fetch(api.endpoint("streaming", "readback", 8000), stage, into)

    def due(self, stage: str, asked: Iterable[Request]) -> Iterable[Request] | None:
        """Alerts follow from readings and limits; all other stages hold what was written."""
        return due_alerts.due(asked) if stage == "alerts" else None


WEATHER = Weather()


def answers(api: Api) -> list[str]:
    """Whether each service answers through the edge, and what all replicas took can be read again."""
    try:
        return next(filter(None, map(_answers, _edges(api))), [])
    except StackTrouble as error:
        return [f"an answer through the edge ({error})"]


def _edges(api: Api) -> list[Endpoint]:
    """Where to ask. Of an edge that encrypts each pod by itself, for each has a certificate in use."""
    entry = WEATHER.entrance(api)
    if verified.can(entry):
        return verified.endpoints(api, entry, WEATHER.load_namespace)
    return [api.endpoint("application", "edge", 80)]


def _answers(edge: Endpoint) -> list[str]:
    mark = float(int(time.time()))
    at = f"/stations/{STATION}"
    try:
        wrote = _ask(edge, "PUT", f"{at}/limits", json={"high": mark, "low": 0.0})
        read = _ask(edge, "GET", f"{at}/limits")
        others = [_ask(edge, "GET", f"{at}/{last}") for last in ("current", "readings", "alerts")]
    except requests.RequestException as error:
        return [f"an answer through the edge ({type(error).__name__})"]
    bad = [r for r in (wrote, read, *others) if r.status_code not in NONE_YET]
    if bad:
        return [f"an answer through the edge ({bad[0].status_code}: {bad[0].text[:120].strip()})"]
    return [] if _high(read) == mark else ["a written value to be read again"]


def _high(answer: requests.Response) -> Any:
    """The limit in it; None when there is none, or it is none of the service's answers."""
    try:
        return answer.json().get("high")
    except (ValueError, AttributeError):
        return None


def _ask(edge: Endpoint, method: str, path: str, **body: Any) -> requests.Response:
    return edge.session.request(
        method, f"{edge.url}{path}", params={"consistency": "ALL"}, timeout=ANSWER, **body
    )


def scrapes(api: Api) -> list[str]:
    """Jobs of Prometheus with fewer targets up than their workload has to have pods."""
    prometheus = api.endpoint("observability", "prometheus", 9090)
    try:
        answer = prometheus.session.get(
            f"{prometheus.url}/api/v1/targets", params={"state": "active"}, timeout=ANSWER
        )
        answer.raise_for_status()
    except requests.RequestException as error:
        return [f"Prometheus ({type(error).__name__})"]
    targets = answer.json()["data"]["activeTargets"]
    up = [target["labels"]["job"] for target in targets if target["health"] == "up"]
    return [
        f"Prometheus to scrape {job} {up.count(job)}/{n}" for job, n in _scraped(api) if up.count(job) < n
    ]


def _scraped(api: Api) -> Iterator[tuple[str, int]]:
    """Jobs that Prometheus has, each with its workload's number of pods; there may be none."""
    pod = api.apps.read_namespaced_deployment("prometheus", "observability").spec.template.spec
    told = (word for container in pod.containers for word in container.args or ())
    yield "prometheus", 1
    for job in filter(None, map(JOB.fullmatch, told)):
        if (found := _workload(api, job["name"], job["namespace"])) is not None:  # the load comes and goes
            yield job["job"], found.spec.replicas or 0


def _workload(api: Api, name: str, namespace: str) -> Any:
    for read in (api.apps.read_namespaced_deployment, api.apps.read_namespaced_stateful_set):
        try:
            return read(name, namespace)
        except ApiException as error:
            if error.status != NOT_FOUND:
                raise
    return None
