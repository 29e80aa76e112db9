"""Locust in a real cluster, against a stub of the weather stack that runs there too."""

import time
from functools import partial
from pathlib import Path

import pytest
from ledgers import READINGS

from slaharness.cluster.local.provider import Local
from slaharness.errors import LoadTrouble
from slaharness.host.wait import pause, until
from slaharness.image import Image
from slaharness.ledger import checker, ledger, readback, rows
from slaharness.load import locust, manifest

pytestmark = pytest.mark.live
HERE = Path(__file__).parent
PROFILE = HERE.parents[1] / "loadprofiles/steady-mix.py"
APPLICATION = "application"
EDGE = f"http://edge.{APPLICATION}.svc"


def named(kind, name, namespace=APPLICATION, **rest):
    meta = {"name": name} if kind == "Namespace" else {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta | rest.pop("meta", {}), **rest}


def service(name, port):
    ports = [{"name": "http", "port": port, "targetPort": 8000}]
    return named("Service", name, spec={"selector": {"app": "stub"}, "ports": ports})


def stub_pod(image):
    container = {
        "name": "stub",
        "image": image,
        "command": ["python3", "/stub/stub.py", "0.0.0.0", "8000"],  # noqa: S104
        "volumeMounts": [{"name": "stub", "mountPath": "/stub"}],
    }
    return named(
        "Pod", "stub", meta={"labels": {"app": "stub"}},
        spec={"containers": [container], "volumes": [{"name": "stub", "configMap": {"name": "stub"}}],
              "automountServiceAccountToken": False},
    )  # fmt: skip


def accounts(info):
    """How many namespaces of ours have the account that pods run under; it comes some time after them."""
    found = info.api().core.list_service_account_for_all_namespaces(field_selector="metadata.name=default")
    return sum(each.metadata.namespace in {"load", APPLICATION} for each in found.items)


@pytest.fixture(scope="module")
def cluster():
    """A cluster of one worker, Locust's image on its nodes, and the stub named like edge and readings."""
    provider = Local("loadtest", 1)
    try:
        info = provider.up()
        image = locust.image()
        provider.load_images([image.archive])
        info.api().apply([named("Namespace", "load"), named("Namespace", APPLICATION)])
        until(lambda: accounts(info) == 2, within=60, what="pods may be made in both namespaces")
        info.api().apply([
            named("ConfigMap", "stub", data={"stub.py": (HERE / "stub.py").read_text()}),
            service("edge", 80),
            service("readings", 8000),
            stub_pod(image.reference),
        ])  # fmt: skip
        yield info
    finally:
        provider.down()


def read_back(cluster, into):
    endpoint = cluster.api().endpoint(APPLICATION, "readings", 8000)
    return readback.whole(partial(readback.fetch, endpoint, "export?consistency=ALL"), into, within=30)


def left(cluster):
    core = cluster.api().core
    pods = core.list_namespaced_pod(manifest.NAMESPACE).items
    configs = core.list_namespaced_config_map(manifest.NAMESPACE, label_selector=locust.SELECTOR).items
    return [*pods, *configs]


def test_a_load_runs_is_recorded_and_leaves_nothing(cluster, tmp_path):
    """Warm on the infra node, drained when stopped, all its writes read back, and then gone."""
    with locust.running(cluster, PROFILE, run_id="r1", limit=60, host=EDGE) as load:
        assert load.state()["users"] == 2
        (pod,) = cluster.api().core.list_namespaced_pod(manifest.NAMESPACE).items
        assert pod.spec.node_name == "n0"
        pause(10)  # it begins with what is not read back
        saved = load.ledger(tmp_path / "ledger.csv.gz")
        there = read_back(cluster, tmp_path / "readback.csv.gz")
    figures = checker.check(ledger.load(saved, READINGS), rows.read(there, READINGS))
    assert figures.attempted == figures.acknowledged == figures.read > 15
    assert not figures.examples
    assert not left(cluster)


def test_two_workers_are_one_load(cluster, tmp_path):
    """Each sends half of the rate for stations of its own; state, ledger and end are those of both."""
    (path := tmp_path / "double.py").write_text(f"{PROFILE.read_text()}\nWORKERS = 2\n")
    with locust.running(cluster, path, run_id="r7", limit=60, host=EDGE) as load:
        assert load.state()["users"] == 4
        pause(5)
        saved = load.ledger(tmp_path / "ledger.csv.gz")
        arrivals = load.state()["arrivals"]
        there = read_back(cluster, tmp_path / "readback.csv.gz")
    held = ledger.load(saved, READINGS)
    figures = checker.check(held, rows.read(there, READINGS))
    assert figures.attempted == figures.acknowledged == figures.read > 40
    assert {station.rpartition("-")[0] for station in held.runs} == {"r7", "r7-2"}
    assert arrivals["offered"] == arrivals["started"]
    reads = sorted(request.intended for request in held.requests if request.name.startswith("read"))
    assert len(reads[-100:]) / (reads[-1] - reads[-100]) == pytest.approx(25, rel=0.1)
    assert not left(cluster)


def test_an_interrupted_load_leaves_nothing(cluster):
    """Ctrl-C in the middle of a load takes its pod and its ConfigMap away."""
    with pytest.raises(KeyboardInterrupt), locust.running(cluster, PROFILE, run_id="r2", limit=60, host=EDGE):
        raise KeyboardInterrupt
    assert not left(cluster)


def test_what_a_killed_harness_left_is_swept(cluster):
    """A load whose harness got SIGKILL is removed by the next run, or by healing."""
    image = locust.image().reference
    api = cluster.api()
    api.apply(manifest.objects(PROFILE, image=image, run_id="r3", limit=60, host=EDGE))
    assert len(left(cluster)) == 2
    locust.sweep(cluster)
    assert not left(cluster)


def test_a_load_that_cannot_start_says_why_and_leaves_nothing(cluster, tmp_path):
    """A profile that needs what the image lacks, and does not show it, ends at once with Locust's words."""
    (path := tmp_path / "needy.py").write_text('__import__("no_such" + "_module")\n')
    began = time.monotonic()
    with (
        pytest.raises(LoadTrouble, match="No module named 'no_such_module'"),
        locust.running(cluster, path, run_id="r4", limit=60, host=EDGE),
    ):
        pytest.fail("it must not run")
    assert time.monotonic() - began < 45
    assert not left(cluster)


def test_a_load_whose_image_is_nowhere_says_so_and_leaves_nothing(cluster, monkeypatch):
    """A node without Locust's image, and no registry that has it: said at once, not after a long wait."""
    nowhere = Image.called("localhost/slaharness/nothing:000000000000")
    monkeypatch.setattr(locust, "image", lambda: nowhere)
    with (
        pytest.raises(LoadTrouble, match=r"does not start: (ErrImagePull|ImagePullBackOff)"),
        locust.running(cluster, PROFILE, run_id="r5", limit=60, host=EDGE),
    ):
        pytest.fail("it must not run")
    assert not left(cluster)


def test_a_profile_that_fails_later_is_not_taken_for_a_sound_load(cluster, tmp_path):
    """What a profile sent when its own code failed may be uncounted: the ledger is kept, the run is told."""
    (path := tmp_path / "later.py").write_text(
        "import time\n"
        "from locust import FastHttpUser, constant, task\n"
        "BEGAN = time.monotonic()\n"
        "class Later(FastHttpUser):\n"
        "    wait_time = constant(0.05)\n"
        "    @task\n"
        "    def read(self):\n"
        "        self.client.get('/stations/none/alerts', name='read')\n"
        "        if time.monotonic() > BEGAN + 8: raise ValueError('too late')\n"
    )
    saved = tmp_path / "ledger.csv.gz"
    with locust.running(cluster, path, run_id="r6", limit=60, host=EDGE) as load:
        pause(9)
        with pytest.raises(LoadTrouble, match=r"failed .* times, first with ValueError: too late"):
            load.ledger(saved)
    assert len(ledger.load(saved)) > 40
