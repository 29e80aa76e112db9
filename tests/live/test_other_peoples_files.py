"""Files as other people have them, on the real stack: each runs as its own tool would run it."""

import json

import pytest
from kubernetes.client import NetworkingV1Api

from slaharness import FAULT
from slaharness.events import POLICY_CHANGED, WORKLOAD_CHANGED
from slaharness.ledger import ledger
from slaharness.record.store import RecordStore

pytestmark = [pytest.mark.live, pytest.mark.nightly]

MET, MISSED = 0, 1
#: Of users who do not name their requests, with words of Locust's own and an argument of the file's own.
VISITORS = """
import csv

from locust import FastHttpUser, LoadTestShape, constant_throughput, events, tag, task

from visits import reading

LOCUST = "--tags look --newest 3"

with open("stations.csv") as file:
    STATIONS = [row["station"] for row in csv.DictReader(file)]


@events.init_command_line_parser.add_listener
def arguments(parser):
    parser.add_argument("--newest", type=int, default=20)


class Visitor(FastHttpUser):
    wait_time = constant_throughput(2)
    turns = iter(STATIONS * 10)

    def on_start(self):
        self.station = next(Visitor.turns)
        self.client.post("/readings", json=reading(self.station), name="post reading")

    @tag("look")
    @task(3)
    def current(self):
        self.client.get(f"/stations/{self.station}/current", name="read current")

    @tag("look")
    @task
    def newest(self):
        limit = self.environment.parsed_options.newest
        self.client.get(f"/stations/{self.station}/readings?limit={limit}", name=f"read newest {limit}")

    @tag("never")
    @task(100)
    def nowhere(self):
        self.client.get("/nowhere", name="never asked")


class Climb(LoadTestShape):
    def tick(self):
        seconds = self.get_run_time()
        return None if seconds > 600 else (10, 10) if seconds < 30 else (16, 4)
"""
HELPER = """
import time
import uuid


def reading(station):
    at = time.time_ns() // 1_000_000
    return {"id": str(uuid.uuid4()), "station": station, "at": at, "temperature": 11.5}
"""
#: Users who wait for a pod that was killed ask less meanwhile, by some five in a hundred: how those would
#: have fared nobody knows, so 99 % would rightly be UNKNOWN.
SLOTH = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: visitors-are-served, displayName: Visitors are served}
spec:
  service: edge
  indicator:
    metadata: {name: visitors}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec: {query: 'sum(rate(loadgen_requests_total{job="load", outcome!="ok"}[{{.window}}]))'}
        total:
          metricSource:
            type: Prometheus
            spec: {query: 'sum(rate(loadgen_requests_total{job="load"}[{{.window}}]))'}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
"""
PAGE = '''
import pytest
from slaharness import FAULT

@pytest.mark.scenario(load="visitors", experiment="{name}", fault="40s", recovery="20s")
def test_it(run):
    """Visitors go on."""
    assert run.meets("visitors-are-served", over=FAULT)
'''
READY = {
    "type": "probe", "name": "a pod is there", "tolerance": {"type": "range", "range": [1, 9]},
    "provider": {
        "type": "python", "module": "chaosk8s.pod.probes", "func": "count_pods",
        "arguments": {"label_selector": "app.kubernetes.io/name=${app}", "ns": "application"},
    },
}  # fmt: skip


def action(function, /, **arguments):
    module, _, func = function.rpartition(".")
    provider = {"type": "python", "module": f"chaosk8s.{module}.actions", "func": func}
    return {"type": "action", "name": func, "provider": {**provider, "arguments": arguments}}


TERMINATE = {
    "title": "Pods of a service end", "description": "Which and how many is said where it is run.",
    "configuration": {"app": {"type": "env", "key": "SERVICE"}, "count": 9},
    "steady-state-hypothesis": {"title": "It has pods", "probes": [READY]},
    "method": [
        action("pod.terminate_pods", label_selector="app.kubernetes.io/name=${app}", ns="application",
               qty="${count}", rand=True, grace_period=0),
    ],
    "rollbacks": [],
}  # fmt: skip
SCALE = {
    "title": "A service has one pod for a while",
    "description": "Then two, as before.",
    "method": [
        action("deployment.scale_deployment", name="readings", replicas=1, ns="application")
        | {"pauses": {"after": 15}},
    ],
    "rollbacks": [action("deployment.scale_deployment", name="readings", replicas=2, ns="application")],
}
WEATHER = {"app.kubernetes.io/part-of": "weather"}
DENY = {
    "title": "Nobody gets in",
    "description": "Every way to the services is shut for a while.",
    "method": [
        action("networking.deny_all_ingress", label_selectors=WEATHER, ns="application")
        | {"pauses": {"after": 20}},
    ],
    "rollbacks": [action("networking.remove_deny_all_ingress", ns="application")],
}


@pytest.fixture
def theirs(project, monkeypatch):
    """A project of nothing but such files, on the weather stack."""
    folder = project.folder
    (folder / "scenarios/objectives").unlink()
    (folder / "scenarios/objectives").mkdir()
    (folder / "scenarios/objectives/visitors-are-served.yaml").write_text(SLOTH)
    (folder / "loadprofiles/visitors.py").write_text(VISITORS)
    (folder / "loadprofiles/visits.py").write_text(HELPER)
    names = "\n".join(f"theirs-{number:02d}" for number in range(16))
    (folder / "loadprofiles/stations.csv").write_text(f"station\n{names}\n")
    for name, experiment in (("terminate", TERMINATE), ("scale", SCALE), ("deny", DENY)):
        (folder / f"experiments/{name}.json").write_text(json.dumps(experiment))
        (folder / f"scenarios/test_{name}.py").write_text(PAGE.format(name=name))
    monkeypatch.setenv("SERVICE", "readings")
    return project


def test_what_they_bring_runs_as_they_meant_it(theirs):
    """Values of the environment and of --var, a shape, tags, an argument, a CSV, a helper, Sloth's window.

    One pod of two is struck, then a Deployment has one pod for a while: visitors go on, and both are seen.
    """
    ended = theirs.run("terminate", "scale", "--var", "count:int=1")
    assert ended.code == MET, ended.err
    terminated, scaled = (RecordStore.open(ended.records[name]) for name in ("terminate", "scale"))
    assert [len(one.hit) for one in terminated.record().fault.strikes] == [1]
    changed = [one.detail for one in scaled.record().timeline.events if one.name == WORKLOAD_CHANGED]
    assert any("application/Deployment/readings" in one for one in changed), changed
    for name, store in {"terminate": terminated, "scale": scaled}.items():
        verdict = ended.verdicts[f"{name}/visitors-are-served/FAULT"]
        assert int(verdict["requests"]) > 500, verdict
        assert "closed-loop" in verdict["reason"]
        asked = {row.name for row in ledger.load(store.ledger).requests}
        assert asked == {"post reading", "read current", "read newest 3"}
        measured = next(one for one in store.measurements() if one.phase == FAULT)
        assert "[{{.window}}]" in measured.evidence["file: bad as written"]
    again = theirs("judge", str(ended.records["terminate"]), "--json")
    assert again.code == MET, again.err


def test_a_policy_that_shuts_a_service_off_is_felt_and_taken_back(theirs, cluster):
    """The local cluster's network enforces it: nobody is served while it is there, and it does not stay."""
    ended = theirs.run("deny")
    assert ended.code == MISSED, ended.err
    timeline = RecordStore.open(ended.records["deny"]).record().timeline
    changed = [one.detail for one in timeline.events if one.name == POLICY_CHANGED]
    assert any("application/NetworkPolicy/chaostoolkit-deny-all-ingress" in one for one in changed), changed
    assert ended.verdicts["deny/visitors-are-served/FAULT"]["outcome"] == "MISSED"
    policies = NetworkingV1Api(cluster.client).list_namespaced_network_policy("application").items
    assert "chaostoolkit-deny-all-ingress" not in {one.metadata.name for one in policies}
