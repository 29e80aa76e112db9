"""The load in the cluster: when it counts as warm, and how its pod is bounded."""

import re
import subprocess
import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from fake_api import cluster, state

from slaharness.load import locust, manifest
from slaharness.load.locust import Look, steady

__all__ = ["cluster", "state"]

PROFILE = Path(__file__).parents[2] / "loadprofiles/steady-mix.py"


def looks(*rates, every=0.5):
    """Looks at a load that had those rates, one after the other."""
    ended = [0.0]
    for rate in rates:
        ended.append(ended[-1] + rate * every)
    return [Look(100 + number * every, round(sum_)) for number, sum_ in enumerate(ended)]


@pytest.mark.parametrize(
    ("rates", "warm"),
    [
        ((70, 70, 70, 70), True),
        ((64, 78, 70, 66), True),
        ((10, 30, 50, 70), False),
        ((70, 70, 70, 0), False),
        ((0, 0, 0, 0), False),
        ((70, 70), False),
    ],
)
def test_a_load_is_warm_when_its_rate_has_been_steady_for_a_while(rates, warm):
    """More than a second of about the same rate; a load that rises, stalls or does nothing is not warm."""
    assert steady(looks(*rates)) is warm


@pytest.fixture
def pod():
    _, pod = manifest.objects(PROFILE, image="i:1", run_id="r1", limit=89.5, host="http://edge")
    return pod["spec"]


def test_the_pod_ends_by_itself(pod):
    """A harness that is killed leaves no load behind for longer than the load's own limit and a minute."""
    args = pod["containers"][0]["args"]
    assert args[args.index("--run-time") + 1] == "90s"
    assert pod["activeDeadlineSeconds"] == 150
    assert pod["restartPolicy"] == "Never"


def test_the_pod_prefers_the_infra_node_but_does_not_need_one(pod):
    """Faults hit workers; a cluster without an infra node runs the load all the same."""
    (affinity,) = pod["affinity"]["nodeAffinity"].values()
    assert "preferredDuringSchedulingIgnoredDuringExecution" in pod["affinity"]["nodeAffinity"]
    assert affinity[0]["preference"]["matchExpressions"][0]["values"] == ["infra"]
    assert pod["tolerations"] == [{"key": "slaharness.dev/role", "value": "infra", "effect": "NoSchedule"}]


def test_recorder_and_profile_travel_together():
    """Any plain locustfile is recorded: the recorder is loaded beside it, not by it."""
    config, pod = manifest.objects(PROFILE, image="i:1", run_id="r1", limit=60, host="http://edge")
    assert set(config["data"]) == {"recorder.py", "arrivals.py", "rows.py"}
    assert set(config["binaryData"]) == {"profile"}
    assert pod["spec"]["containers"][0]["args"][1] == "/load/recorder.py,/load/steady-mix.py"
    (mounted,) = [volume["configMap"] for volume in pod["spec"]["volumes"] if "configMap" in volume]
    assert {item["key"]: item["path"] for item in mounted["items"]} == {
        "recorder.py": "recorder.py",
        "arrivals.py": "slaharness/load/arrivals.py",
        "rows.py": "slaharness/load/rows.py",
        "profile": "steady-mix.py",
    }
    assert {"name": "RUN_ID", "value": "r1"} in pod["spec"]["containers"][0]["env"]


@pytest.mark.parametrize("name", ["my load.py", "läden.py", "arrivals.py", "recorder-of-mine.py"])
def test_a_profile_travels_under_any_name_and_in_any_bytes(tmp_path, name):
    """Keys of a ConfigMap are of few letters, and some are taken; a file of Python names its encoding."""
    (path := tmp_path / name).write_bytes("# coding: latin-1\nX = 'Käufer'\n".encode("latin-1"))
    config, pod = manifest.objects(path, image="i:1", run_id="r1", limit=60, host="http://edge")
    assert b64decode(config["binaryData"]["profile"]) == path.read_bytes()
    assert "class Arrivals" in config["data"]["arrivals.py"]
    items = pod["spec"]["volumes"][0]["configMap"]["items"]
    assert {"key": "profile", "path": name} in items
    assert all(re.fullmatch(r"[-._a-zA-Z0-9]+", item["key"]) for item in items)


def test_each_worker_is_a_pod_with_stations_of_its_own(tmp_path):
    """Two workers know that they are two, and never write for the same station."""
    (path := tmp_path / "big.py").write_text("WORKERS = 2\n")
    _, *pods = manifest.objects(path, image="i:1", run_id="r1", limit=60, host="http://edge")
    assert [pod["metadata"]["name"] for pod in pods] == ["locust", "locust-2"]
    told = [{each["name"]: each["value"] for each in pod["spec"]["containers"][0]["env"]} for pod in pods]
    assert [(env["RUN_ID"], env["WORKERS"]) for env in told] == [("r1", "2"), ("r1-2", "2")]


def test_the_cluster_never_sees_the_token_of_a_load():
    """Who may look at pods could end the load with it; the digest opens nothing."""
    token = "made for this run"  # noqa: S105
    made = manifest.objects(PROFILE, image="i:1", run_id="r1", limit=60, host="http://edge", token=token)
    assert token not in repr(made)
    env = {each["name"]: each["value"] for each in made[1]["spec"]["containers"][0]["env"]}
    assert env["RECORDER_TOKEN_SHA256"] == sha256(token.encode()).hexdigest()


def test_arrivals_are_found_in_the_pod_as_on_a_developers_machine(tmp_path):
    """There is no harness in the pod, only the one module, under its own name."""
    config, pod = manifest.objects(PROFILE, image="i:1", run_id="r1", limit=60, host="http://edge")
    (mounted,) = [volume["configMap"] for volume in pod["spec"]["volumes"] if "configMap" in volume]
    for item in mounted["items"]:
        (path := tmp_path / item["path"]).parent.mkdir(parents=True, exist_ok=True)
        text = config["data"].get(item["key"]) or b64decode(config["binaryData"][item["key"]]).decode()
        path.write_text(text)
    files = f"{tmp_path}/recorder.py,{tmp_path}/steady-mix.py"
    listing = (
        "import importlib.util, sys\n"
        "here = importlib.util.find_spec('slaharness').submodule_search_locations[0]\n"
        "sys.path = [path for path in sys.path if not here.startswith(path + '/')]\n"
        "from locust.main import main\n"
        f"sys.argv = ['locust', '-f', {files!r}, '--list']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", listing], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert {"Station", "Reader"} <= set(done.stdout.split()), done.stderr


def test_a_load_takes_nothing_of_a_run_that_has_taken_the_cluster_over(cluster):
    """Its lease was lost while its machine was suspended; the next run's load has the same names."""
    own = {**manifest.LABELS, manifest.RUN: "r1"}
    cluster.pod("load", "locust-2", **own)
    cluster.pod("load", "locust", **{**own, manifest.RUN: "r2"})
    locust.sweep(cluster.info, run="r1")
    assert [name for name in cluster.names("pods") if "locust" in name] == ["locust"]
    locust.sweep(cluster.info)
    assert "locust" not in cluster.names("pods")
