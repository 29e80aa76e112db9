"""How long does it take to have a million lost rows again, beside the streaming of their SSTables alone.

Run as root: ``python bench/restore.py`` (some ten minutes). A ring of three with a million readings; a
backup; every pod, claim and volume of it deleted; restored. RTO counts from the first deletion until the
service answers with rows read at a quorum, the start of a new ring included. Then the same SSTables, already
downloaded, are streamed into the same ring, emptied, by ``sstableloader`` alone, as one does by hand: a call
for each table of each node's snapshot. Limit: RTO at most twice that. How long our own way of calling it
takes, nodes joined and two tables at a time, is in the line as well.
"""

import json
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kubernetes.client import BatchV1Api
from lab import short

from slaharness.chaos import guard, toolkit
from slaharness.cluster.api import Api
from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.local.provider import Local
from slaharness.cluster.provider import ClusterInfo
from slaharness.host import wait
from slaharness.load import locust
from slaharness.settings import read as settings
from slaharness.stack import deploy
from slaharness.undo import journal as undo

NAME = os.environ.get("BENCH_CLUSTER", "benchrestore")
ROWS, LIMIT = int(os.environ.get("BENCH_ROWS", "1000000")), 2.0
SPACE = "persistence"
#: Seconds for a step.
WITHIN = 540.0
EXPERIMENT = Path(__file__).parents[1] / "experiments/lose-whole-database.yaml"

#: In a pod of the API's image, which has the driver. Unlogged batches of one partition each.
FILL = """
import datetime, os, sys, time, uuid
from cassandra import WriteTimeout
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster
from cassandra.query import BatchStatement, BatchType
rows, each = int(sys.argv[1]), 100
login = PlainTextAuthProvider("readings", os.environ["ROLE_readings"])
session = Cluster(["cassandra-client.persistence"], auth_provider=login).connect("weather")
add = session.prepare("INSERT INTO readings (station, day, at, id, temperature) VALUES (?, ?, ?, ?, ?)")
def batch(number):
    one = BatchStatement(batch_type=BatchType.UNLOGGED)
    for row in range(number * each, (number + 1) * each):
        at = 1767225600000 + row * 1000
        day = datetime.date.fromtimestamp(at / 1000)
        one.add(add, (f"bench-{number % 200:03d}", day, at, uuid.uuid4(), row % 40 + number / 1e4))
    return one
def run(number):
    one = batch(number)
    for left in reversed(range(30)):  # a ring that is out of breath gets time for it
        try:
            return session.execute(one, timeout=60)
        except WriteTimeout:
            if not left:
                raise
            time.sleep(1)
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    list(pool.map(run, range(rows // each)))
print(rows)
"""
#: In a pod of the backup's image: fetched first, then loaded, and only that is timed.
LOAD = """
import json, pathlib, roles, time
from ringbackup import catalogue, database, loader, manifest, restore, settings, store
asked = settings.from_environment()
kept = store.Store.open(asked)
whole = catalogue.backups(kept)[-1]
nodes = manifest.check(whole, catalogue.texts(kept, whole.name))
ring = database.whole(asked.ring, restore.ROLE)
def timed(load):
    ring.empty(whole.keyspaces)
    ring.make(whole.keyspaces, (table.schema for table in nodes[0].tables.values()))
    began = time.time()
    load()
    return time.time() - began
apart = [one for node in nodes for one in restore.fetch(kept, [node], asked.work / node.node, print)]
def by_hand():
    for folder in apart:
        loader.load(folder, ring.members(), roles.login(restore.ROLE), asked.work / "loader")
told = {"by_hand": timed(by_hand)}
joined = restore.fetch(kept, nodes, asked.work, print)
told["ours"] = timed(lambda: restore.load(joined, ring.members(), asked.work, print))
pathlib.Path("/dev/termination-log").write_text(json.dumps(told))
"""


def main() -> None:
    short.needs("restore", "root, and a cluster of its own on this machine with a database to lose")
    stack = settings.here().stack
    prepare(yes=True, also=(partial(deploy.build, stack, [stack.profile("backup")]), locust.image))
    with _cluster() as cluster:
        api = cluster.api()
        _run(api, _filling(api))
        took, size = _lost_and_restored(cluster)
        alone = json.loads(_run(api, _loading(api)))
    ratio = took["rto_s"] / alone["by_hand"]
    print(
        json.dumps(
            {
                "bench": "restore", "ok": ratio <= LIMIT, "value": round(ratio, 2), "limit": LIMIT,
                "unit": "times sstableloader alone", "rows": ROWS, **took,
                "sstableloader_s": round(alone["by_hand"], 1), "our_loading_s": round(alone["ours"], 1),
                "backup_mib": round(size / 2**20, 1),
            }
        )
    )  # fmt: skip


@contextmanager
def _cluster() -> Iterator[ClusterInfo]:
    """A cluster of its own, or one that is up already and stays so."""
    provider = Local(NAME)
    there = provider.find()
    try:
        cluster = provider.up()
        deploy.deploy(cluster, provider, settings.here().stack, "backup")
        yield cluster
    finally:
        if there is None:
            provider.down()


def _lost_and_restored(cluster: ClusterInfo) -> tuple[dict[str, float], int]:
    """Seconds from the loss until each step of the restore, and bytes of the backup."""
    experiment = toolkit.check(EXPERIMENT)
    with (
        tempfile.TemporaryDirectory() as scratch,
        undo.journal(f"bench-{uuid.uuid4().hex[:8]}") as journal,
        guard.access(cluster, experiment, journal) as kubeconfig,
        toolkit.standby(kubeconfig, Path(scratch) / "journal.json", journal.run, experiment) as chaos,
    ):
        report = chaos.run(within=WITHIN)
    at = {event.name: event for event in report.events}
    if report.problems or "first verified read" not in at:
        raise SystemExit(f"not restored: {report}")
    size: int = json.loads(at["backup finished"].detail)["bytes"]
    steps = {
        "restore_began_s": "restore began", "loaded_s": "restore finished", "rto_s": "first verified read"
    }  # fmt: skip
    lost = at["storage lost"].at
    return {step: round(at[name].at - lost, 1) for step, name in steps.items()}, size


def _filling(api: Api) -> dict[str, Any]:
    (image,) = {
        container.image
        for found in api.apps.list_namespaced_deployment("application").items
        for container in found.spec.template.spec.containers
        if found.metadata.name == "readings"
    }
    ring: Any = api.apps.read_namespaced_stateful_set("cassandra", SPACE)
    told = api.client.sanitize_for_serialization(ring.spec.template.spec.containers)
    container = {
        "name": "fill", "image": image, "command": ["python3", "-c", FILL, str(ROWS)],
        "env": [env for one in told for env in one.get("env", ()) if env["name"] == "ROLE_readings"],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }  # fmt: skip
    secure = {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}
    return {"restartPolicy": "Never", "securityContext": secure, "containers": [container]}


def _loading(api: Api) -> dict[str, Any]:
    """The pod of a restore, told to do no more than load."""
    found: Any = BatchV1Api(api.client).read_namespaced_cron_job("restore", SPACE)
    pod: dict[str, Any] = api.client.sanitize_for_serialization(found.spec.job_template.spec.template.spec)
    pod["containers"][0] |= {"command": ["python3", "-c", LOAD], "args": []}
    return pod


def _run(api: Api, spec: dict[str, Any]) -> str:
    """Run a pod to its end; return its last word."""
    name = f"bench-{uuid.uuid4().hex[:6]}"
    body: Any = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
    api.core.create_namespaced_pod(SPACE, body)
    try:
        end: Any = wait.until(partial(_end, api, name), within=WITHIN, every=0.5, what=f"{name} has ended")
        if end.exit_code:
            raise SystemExit(api.core.read_namespaced_pod_log(name, SPACE, tail_lines=20))
        return str(end.message)
    finally:
        api.core.delete_namespaced_pod(name, SPACE, grace_period_seconds=0)


def _end(api: Api, name: str) -> Any:
    pod: Any = api.core.read_namespaced_pod(name, SPACE)
    states = [one.state for one in pod.status.container_statuses or ()]
    return next((state.terminated for state in states if state.terminated), None)


if __name__ == "__main__":
    main()
