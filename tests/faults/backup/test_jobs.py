"""Backups taken and restored on demand: what came of each try is told, and the Job is always taken away."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace as Thing

import pytest
from chaoslib.exceptions import ActivityFailed
from kubernetes.client.exceptions import ApiException

from slaharness.errors import NotAllowed
from slaharness.faults.backup import cronjob, rerun_job, restore_backup, statefulset, take_backup

WHOLE = {
    "name": "backup-1", "began": 100.0, "finished": 104.0, "bytes": 10, "objects": 2, "uploaded": 5,
    "tables": ["weather.readings"], "filled": [],
}  # fmt: skip
BACK = {"name": "backup-1", "loaded": 150.0, "read": 151.0, "bytes": 10, "tables": ["weather.readings"]}


def ended(code, message, at=120):
    started, finished = (datetime.fromtimestamp(seconds, UTC) for seconds in (at - 20, at))
    end = Thing(exit_code=code, message=message, reason="Error", started_at=started, finished_at=finished)
    return Thing(running=None, terminated=end)


class Cluster:
    """A batch API whose Jobs end as they are told: one state of a pod for each look."""

    def __init__(self):
        self.states, self.pods, self.made, self.gone, self.failed = [], {}, [], [], False
        self.api_client = Thing(sanitize_for_serialization=lambda found: found)

    def read_namespaced_cron_job(self, name, _namespace):
        if name == "nothing":
            raise ApiException(404, "Not Found")
        return Thing(spec=Thing(job_template={"spec": {"template": {"spec": {}}}}))

    def create_namespaced_job(self, _namespace, body):
        self.made.append(body)

    def delete_namespaced_job(self, name, _namespace, **_):
        self.gone.append(name)

    def read_namespaced_job(self, _name, _namespace):
        conditions = [Thing(type="Failed", status="True")] if self.failed else []
        return Thing(status=Thing(conditions=conditions))

    def list_namespaced_pod(self, _namespace, **_):
        if self.states:
            name, state = self.states.pop(0)
            status = Thing(container_statuses=[Thing(state=state)], phase="Failed")
            self.pods[name] = Thing(metadata=Thing(name=name), status=status)
        else:
            self.failed = True
        return Thing(items=list(self.pods.values()))

    def list_namespaced_persistent_volume_claim(self, _namespace):
        return Thing(items=[Thing(metadata=Thing(name="data-c-0", uid="new"))])


@pytest.fixture
def cluster(monkeypatch):
    made = Cluster()
    for module in (take_backup, restore_backup, rerun_job):
        monkeypatch.setattr(module, "core", lambda _secrets: made)
        monkeypatch.setattr(module, "permit", lambda _api, _namespace: None)
    monkeypatch.setattr(cronjob.client, "BatchV1Api", lambda _client: made)
    monkeypatch.setattr(statefulset, "put_back", lambda *_: None)
    monkeypatch.setattr(cronjob, "taken", [])
    return made


def test_a_backup_is_stamped_with_what_it_is(cluster):
    """Its name, size and tables, and when it was whole: what its verdict is made from."""
    cluster.states = [("p", ended(0, json.dumps(WHOLE)))]
    began, running, finished = take_backup.take_backup(namespace="persistence")["events"]
    assert began["name"] == "backup began"
    assert (running["name"], running["at"]) == ("backup under way", 101.0)
    assert (finished["name"], finished["at"]) == ("backup finished", 104.0)
    assert json.loads(finished["detail"])["tables"] == ["weather.readings"]
    assert cluster.gone == [cluster.made[0]["metadata"]["name"]] == [began["detail"]]


def test_each_failed_try_is_told_with_its_reason_and_a_later_one_counts(cluster):
    cluster.states = [
        ("p1", ended(1, '{"failed": "the object store was asked to keep it and refused: Expired"}')),
        ("p2", ended(0, json.dumps(WHOLE))),
    ]
    told = take_backup.take_backup(namespace="persistence")["events"]
    assert [one["name"] for one in told] == [
        "backup began",
        "backup under way",
        "backup failed",
        "backup finished",
    ]
    assert "Expired" in told[2]["detail"]
    assert told[2]["at"] == 120


@pytest.mark.parametrize(
    ("message", "said"),
    [("Traceback\nMemoryError", "MemoryError"), ("", "it said nothing"), (None, "OOM|Error")],
)
def test_a_try_that_ends_without_its_own_word_is_told_by_what_there_is(cluster, message, said):
    cluster.states = [("p", ended(137, message))]
    told = take_backup.take_backup(namespace="persistence")["events"]
    assert [one["name"] for one in told] == ["backup began", "backup under way", "backup failed"]
    assert any(word in told[2]["detail"] for word in said.split("|"))


def test_a_job_that_never_ends_is_a_failure_and_is_taken_away(cluster, monkeypatch):
    monkeypatch.setattr(Cluster, "list_namespaced_pod", lambda *_, **__: Thing(items=[]))
    told = take_backup.take_backup(namespace="persistence", within=0.01)["events"]
    assert told[1]["name"] == "backup failed"
    assert "it did not happen" in told[1]["detail"]
    assert cluster.gone


def test_a_job_that_ends_without_a_pod_is_a_failure(cluster):
    assert take_backup.take_backup(namespace="persistence")["events"][1]["name"] == "backup failed"


def test_a_restore_names_the_backup_that_the_experiment_took(cluster):
    """Not one that the clock took meanwhile; and an older one where that is asked for."""
    for number in (1, 2):
        cluster.states = [("p", ended(0, json.dumps({**WHOLE, "name": f"backup-{number}"})))]
        take_backup.take_backup(namespace="persistence")
    cluster.states = [("p", ended(0, json.dumps(BACK)))]
    told = restore_backup.restore_backup(namespace="persistence", statefulset="cassandra", older=1)["events"]
    annotations = cluster.made[-1]["spec"]["template"]["metadata"]["annotations"]
    assert annotations == {"slaharness.dev/backup": "backup-1"}
    assert [one["name"] for one in told] == [
        "restore began", "restore under way", "restore finished", "first verified read"
    ]  # fmt: skip
    assert json.loads(told[2]["detail"])["claims"] == {"data-c-0": "new"}
    assert (told[2]["at"], told[3]["at"]) == (150.0, 151.0)


def test_a_restore_that_nobody_could_read_after_has_no_verified_read(cluster):
    cluster.states = [("p", ended(0, json.dumps({**BACK, "read": None})))]
    told = restore_backup.restore_backup(namespace="persistence", statefulset="cassandra")["events"]
    assert [one["name"] for one in told] == ["restore began", "restore under way", "restore finished"]


def test_a_stack_without_backups_is_refused_with_a_hint(cluster):
    with pytest.raises(ActivityFailed, match="kubectl -n persistence get cronjobs"):
        take_backup.take_backup(namespace="persistence", name="nothing")
    assert cluster.made == []


def test_a_namespace_that_is_not_allowed_is_refused_before_a_change(cluster, monkeypatch):
    def refused(*_):
        raise NotAllowed("no")

    for module in (take_backup, restore_backup, rerun_job):
        monkeypatch.setattr(module, "permit", refused)
    for act, more in (
        (take_backup.take_backup, {}),
        (restore_backup.restore_backup, {"statefulset": "x"}),
        (rerun_job.rerun_job, {"name": "x", "command": ["x"]}),
    ):
        with pytest.raises(NotAllowed):
            act(namespace="kube-system", **more)
    assert cluster.made == []


def test_a_bad_deployment_runs_in_a_job_of_its_own(cluster, monkeypatch):
    """As the one that makes the tables, but for what it runs, and for what its controller wrote into that."""
    labels = {"app.kubernetes.io/part-of": "weather", "batch.kubernetes.io/job-name": "schema"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"command": ["schema"]}]}}
    model = {"spec": {"template": pod, "selector": {"matchLabels": labels}}}
    looks = iter([model])
    failed = Thing(status=Thing(conditions=[]))
    monkeypatch.setattr(cluster, "read_namespaced_job", lambda *_: next(looks, failed))
    cluster.states = [("p", ended(0, ""))]
    command = ["sh", "-c", "schema 'TRUNCATE weather.readings;'"]
    (event,) = rerun_job.rerun_job(namespace="persistence", name="schema", command=command)["events"]
    assert event["name"] == "deployed"
    (made,) = cluster.made
    assert "selector" not in made["spec"]
    assert made["spec"]["template"]["metadata"]["labels"] == {"app.kubernetes.io/part-of": "weather"}
    assert made["spec"]["template"]["spec"]["containers"][0]["command"] == command


@pytest.mark.parametrize(
    ("states", "said"),
    [([("p", ended(1, '{"failed": "no quorum"}'))], "no quorum"), ([], "without a word")],
    ids=["failed", "evicted"],
)
def test_a_bad_deployment_that_did_not_go_through_is_none(cluster, monkeypatch, states, said):
    """A run that goes on would prove that what was never done was undone."""
    pod = {"metadata": {"labels": {}}, "spec": {"containers": [{}]}}
    looks = iter([{"spec": {"template": pod}}])
    failed = Thing(status=Thing(conditions=[Thing(type="Failed", status="True")]))
    monkeypatch.setattr(cluster, "read_namespaced_job", lambda *_: next(looks, failed))
    cluster.states = states
    with pytest.raises(ActivityFailed, match=said):
        rerun_job.rerun_job(namespace="persistence", name="schema", command=["x"])
