"""One kept local cluster for the live tests of the whole harness, driven by its commands as by a user."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from slaharness.cluster import kubectl
from slaharness.cluster.api import Api
from slaharness.cluster.local import teardown
from slaharness.cluster.local.provider import Local
from slaharness.cluster.provider import ClusterInfo
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore

NAME = "live"
OURS = "app.kubernetes.io/managed-by=slaharness"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def verdicts(self) -> dict[str, dict[str, str]]:
        """``scenario/objective/window`` → the verdict, of a run with --json."""
        runs = json.loads(self.out)["runs"]
        return {
            f"{run['scenario']}/{one['objective']}/{one['phase']}": one
            for run in runs
            for one in run["verdicts"]
        }

    @property
    def records(self) -> dict[str, Path]:
        return {run["scenario"]: Path(run["record"]) for run in json.loads(self.out)["runs"]}


class Harness:
    """The command line, on the live cluster."""

    def __init__(self, folder: Path = ROOT) -> None:
        self.folder = folder

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "slaharness", *words], cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "COLUMNS": "160"},
        )  # fmt: skip

    def __call__(self, *words: str, within: float = 900) -> Ended:
        with self.start(*words) as program:
            out, err = program.communicate(timeout=within)
        return Ended(program.returncode, out, err)

    def run(self, *words: str, within: float = 900) -> Ended:
        return self("run", *words, "--name", NAME, "--json", "--yes", "--replace-stack", within=within)

    def proves(self, scenario: str, *words: str, within: float = 900) -> Ended:
        """Run it on the good stack: every promise is held, and the record says the same without a cluster."""
        ended = self.run(scenario, *words, within=within)
        assert ended.code == 0, ended.err
        assert {verdict["outcome"] for verdict in ended.verdicts.values()} == {"MET"}
        again = self("judge", str(ended.records[scenario]), "--json")
        assert again.code == 0, again.err
        assert again.verdicts == ended.verdicts
        return ended

    def told(self, scenario: str, since: float) -> RunRecord | None:
        """The story so far of the run that began after ``since``, if it has begun."""
        found = (self.folder / "reports" / scenario).glob("*/run.json")
        records = [file.parent for file in found if file.stat().st_mtime > since]
        return RecordStore.open(max(records)).record() if records else None


@pytest.fixture(scope="package")
def kubernetes() -> Iterator[ClusterInfo]:
    """A cluster that is up, with nothing on it."""
    harness = Harness()
    try:
        up = harness("cluster", "up", "--name", NAME, "--yes", within=1400)
        assert up.code == 0, up.err
        found = Local(NAME).find()
        assert found
        yield found
    finally:
        Local(NAME).down()
    assert teardown.residue(NAME) == []


@pytest.fixture(scope="package")
def cluster(kubernetes: ClusterInfo) -> Api:
    """The API of that cluster, with the core stack on it."""
    deployed = Harness()("deploy", "--name", NAME)
    assert deployed.code == 0, deployed.err
    return kubernetes.api()


@pytest.fixture(scope="module")
def backed_up(kubernetes: ClusterInfo) -> Api:
    """The API of that cluster, with the stack and its backups on it."""
    deployed = Harness()("deploy", "--name", NAME, "--profile", "backup", "--replace-stack")
    assert deployed.code == 0, deployed.err
    return kubernetes.api()


@pytest.fixture
def bare(kubernetes: ClusterInfo) -> Harness:
    """On the cluster as it is: whether there is a stack is for the test to say."""
    return Harness()


@pytest.fixture
def harness(cluster: Api) -> Harness:
    return Harness()


@pytest.fixture
def project(cluster: Api, tmp_path: Path) -> Harness:
    """A project of its own, with our stack and load, to put other scenarios in."""
    (tmp_path / "weather").symlink_to(ROOT / "weather")
    settings = '[stack]\nkind = "python"\nobject = "weather.stack:WEATHER"\n'
    (tmp_path / "slaharness.toml").write_text(settings)
    for name in ("experiments", "loadprofiles", "scenarios"):
        (tmp_path / name).mkdir()
    (tmp_path / "loadprofiles/steady-mix.py").symlink_to(ROOT / "loadprofiles/steady-mix.py")
    (tmp_path / "scenarios/objectives").symlink_to(ROOT / "scenarios/objectives")
    return Harness(tmp_path)


@pytest.fixture
def shop(kubernetes: ClusterInfo, tmp_path: Path) -> Iterator[Callable[[str], Harness]]:
    """Apply one of the Kustomize folders of examples/shop, as its people would; all of it goes again."""
    folder = tmp_path / "shop"
    shutil.copytree(ROOT / "examples/shop", folder, ignore=shutil.ignore_patterns("reports", "tagged"))

    def call(*words: str) -> None:
        where = ("--kubeconfig", str(kubernetes.kubeconfig), "--context", kubernetes.context)
        subprocess.run([kubectl.program(), *where, *words], cwd=folder, check=True, timeout=180)

    def apply(which: str) -> Harness:
        loading = [sys.executable, "load_images.py", "--name", NAME, which]
        subprocess.run(loading, cwd=folder, check=True, timeout=600)
        call("apply", "-k", "tagged")
        return Harness(folder)

    yield apply
    call("delete", "-k", "tagged", "--wait")


@pytest.fixture
def kustomized_shop(kubernetes: ClusterInfo, tmp_path: Path) -> Harness:
    """The shop as a project that deploys it: other settings, and images by the names in its manifests."""
    folder = tmp_path / "shop"
    shutil.copytree(ROOT / "examples/shop", folder, ignore=shutil.ignore_patterns("reports", "tagged"))
    for image in list((folder / "images").iterdir()):
        image.rename(image.with_name(f"shop-{image.name}"))
    settings = (folder / "slaharness.toml").read_text()
    deployed = 'kind = "kustomize"\nfolder = "deploy"\nimages = "images"'
    (folder / "slaharness.toml").write_text(settings.replace('kind = "existing"', deployed))
    return Harness(folder)


@pytest.fixture
def left(cluster: Api) -> Callable[[], list[str]]:
    """Name what a run makes in the cluster and has to take away again, and is there now."""
    core, rbac = cluster.core, cluster.rbac
    load = "app.kubernetes.io/name=locust"

    def found() -> list[str]:
        objects = [
            *core.list_namespaced_pod("load").items,
            *core.list_namespaced_config_map("load", label_selector=load).items,
            *core.list_service_account_for_all_namespaces(label_selector=OURS).items,
            *rbac.list_role_for_all_namespaces(label_selector=OURS).items,
            *rbac.list_role_binding_for_all_namespaces(label_selector=OURS).items,
        ]
        return [f"{one.metadata.namespace}/{one.metadata.name}" for one in objects]

    return found
