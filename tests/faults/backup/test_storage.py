"""Storage lost, and known to be lost; the StatefulSet put back as it was, or with another number of pods."""

import json
from types import SimpleNamespace as Thing

import pytest
from chaoslib.exceptions import ActivityFailed
from kubernetes.client.exceptions import ApiException

from slaharness.cluster.local import layout
from slaharness.faults.backup import lose_pod_storage, lose_storage, put_back_statefulset, statefulset

BODY = {
    "metadata": {"name": "cassandra", "uid": "u", "resourceVersion": "7", "labels": {"a": "b"}},
    "spec": {
        "replicas": 2,
        "template": {"spec": {"containers": [{"env": [{"name": "FOUNDERS", "value": "2"}]}]}},
    },
    "status": {"replicas": 2},
}


class Cluster:
    """Two pods with a claim and a volume each; whatever is in ``stays`` does not go."""

    def __init__(self, folder):
        self.folder, self.stays, self.made = folder, set(), []
        self.claims = {f"data-cassandra-{n}": f"claim-{n}" for n in (0, 1)} | {"data-other-0": "other"}
        self.volumes = {f"pv-{n}": f"volume-{n}" for n in (0, 1)}
        self.pods = ["cassandra-0", "cassandra-1"]
        self.gone = []
        self.api_client = Thing(sanitize_for_serialization=lambda _: BODY)
        for name in self.volumes:
            (folder / "c/n1/lib/local-path" / name).mkdir(parents=True)

    def read_namespaced_stateful_set(self, name, _namespace):
        if name != "cassandra":
            raise ApiException(404, "Not Found")
        template = Thing(metadata=Thing(name="data"))
        selector = Thing(match_labels={"app": "cassandra"})
        spec = Thing(selector=selector, volume_claim_templates=[template])
        return Thing(metadata=Thing(name=name), spec=spec)

    def delete_namespaced_stateful_set(self, name, _namespace, **_):
        self.gone.append(name)

    def create_namespaced_stateful_set(self, _namespace, body):
        self.made.append(body)

    def list_namespaced_pod(self, _namespace, **_):
        of = {name: Thing(name=name, namespace="persistence", uid=name) for name in self.pods}
        items = [Thing(metadata=of[name], spec=Thing(node_name="n1")) for name in self.pods]
        return Thing(items=items)

    def read_namespaced_pod(self, name, _namespace):
        if name not in self.pods:
            raise ApiException(404, "Not Found")
        return Thing(metadata=Thing(uid=name))

    def delete_namespaced_pod(self, name, _namespace, **_):
        self.pods.remove(name)

    def list_namespaced_persistent_volume_claim(self, _namespace):
        return Thing(items=[Thing(metadata=Thing(name=n, uid=u)) for n, u in self.claims.items()])

    def read_namespaced_persistent_volume_claim(self, name, _namespace):
        volume = f"pv-{name[-1]}"
        return Thing(metadata=Thing(name=name, uid=self.claims[name]), spec=Thing(volume_name=volume))

    def delete_namespaced_persistent_volume_claim(self, name, _namespace):
        volume = f"pv-{name[-1]}"
        if "claim" not in self.stays:
            del self.claims[name]
        if "volume" not in self.stays:
            del self.volumes[volume]
        if "directory" not in self.stays:
            (self.folder / "c/n1/lib/local-path" / volume).rmdir()

    def read_persistent_volume(self, name):
        if name not in self.volumes:
            raise ApiException(404, "Not Found")
        source = Thing(local=None, host_path=Thing(path=f"/var/lib/local-path/{name}"))
        return Thing(metadata=Thing(name=name, uid=self.volumes[name]), spec=source)


@pytest.fixture
def cluster(monkeypatch, tmp_path):
    made = Cluster(tmp_path)
    monkeypatch.setattr(layout, "FOLDER", tmp_path)
    for module in (lose_storage, lose_pod_storage, put_back_statefulset):
        monkeypatch.setattr(module, "core", lambda _secrets: made)
        monkeypatch.setattr(module, "permit", lambda _api, _namespace: None)
    monkeypatch.setattr(statefulset.client, "AppsV1Api", lambda _client: made)
    monkeypatch.setattr(statefulset, "removed", {})
    return made


def lose(**more):
    return lose_storage.lose_storage(namespace="persistence", name="cassandra", within=0.01, **more)


def test_all_that_was_kept_is_seen_to_be_gone(cluster):
    """Claims, volumes and directories, each by what it was: a new one of the same name does not count."""
    told = lose()
    assert cluster.gone == ["cassandra"]
    assert (told["died"], told["problems"]) == (["cassandra-0", "cassandra-1"], [])
    (event,) = told["events"]
    detail = json.loads(event["detail"])
    assert event["at"] == told["injected"]
    assert detail["claims"] == {"data-cassandra-0": "claim-0", "data-cassandra-1": "claim-1"}
    assert detail["volumes"] == {"pv-0": "volume-0", "pv-1": "volume-1"}
    assert len(detail["directories"]) == 2
    assert detail["left"] == []
    assert cluster.claims == {"data-other-0": "other"}


def test_the_nodes_disks_go_too(cluster):
    """A new volume has nothing of the old one to stand on; the run says which disks went."""
    (event,) = lose()["events"]
    disk = cluster.folder / "c/n1/lib/local-path"
    assert json.loads(event["detail"])["disks"] == [str(disk)]
    assert not disk.exists()


def test_a_disk_with_somebody_elses_volume_stays(cluster):
    """What was not meant is not lost, and the disk does not count as gone."""
    other = cluster.folder / "c/n1/lib/local-path/pv-other/precious"
    other.mkdir(parents=True)
    told = lose()
    assert (json.loads(told["events"][0]["detail"])["disks"], told["problems"]) == ([], [])
    assert other.exists()


@pytest.mark.parametrize("what", ["claim", "volume", "directory"])
def test_what_was_left_is_a_problem(cluster, what):
    """Storage that is still there was not lost: nothing may be concluded from its return."""
    cluster.stays.add(what)
    told = lose()
    assert len(told["problems"]) == 2
    assert all(problem.startswith(what) for problem in told["problems"])
    assert json.loads(told["events"][0]["detail"])["left"]


def test_one_pod_loses_its_own_storage_only(cluster):
    told = lose_pod_storage.lose_pod_storage(
        namespace="persistence", name="cassandra", ordinal=1, within=0.01
    )
    assert told["died"] == ["cassandra-1"]
    assert json.loads(told["events"][0]["detail"])["disks"] == []
    assert cluster.gone == []
    assert cluster.claims == {"data-cassandra-0": "claim-0", "data-other-0": "other"}


def test_nothing_is_lost_where_there_is_nothing_of_that_name(cluster):
    with pytest.raises(ActivityFailed, match="nothing was lost: StatefulSet persistence/nobody"):
        lose_storage.lose_storage(namespace="persistence", name="nobody")
    assert len(cluster.pods) == 2


def test_nothing_is_lost_that_keeps_nothing(cluster):
    """A StatefulSet without volumes is another fault: killing its pods."""
    cluster.claims = {}
    with pytest.raises(ActivityFailed, match="nothing to lose"):
        lose()
    assert (cluster.gone, len(cluster.pods)) == ([], 2)


def test_it_is_put_back_as_it_was(cluster):
    lose()
    put_back_statefulset.put_back_statefulset(namespace="persistence", name="cassandra")
    (made,) = cluster.made
    assert made["spec"] == BODY["spec"]
    assert made["metadata"] == {"name": "cassandra", "labels": {"a": "b"}}
    assert "status" not in made


def test_it_may_be_put_back_with_another_number_of_pods(cluster):
    """Who are told how many found the ring; the next time it is as it was again."""
    lose()
    statefulset.put_back(cluster, "persistence", "cassandra", 4, "FOUNDERS")
    statefulset.put_back(cluster, "persistence", "cassandra")
    replicas = [made["spec"]["replicas"] for made in cluster.made]
    env = [made["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] for made in cluster.made]
    assert (replicas, env) == ([4, 2], ["4", "2"])


def test_what_was_not_removed_is_left_alone(cluster):
    assert put_back_statefulset.put_back_statefulset(namespace="persistence", name="cassandra") == {}
    assert cluster.made == []
