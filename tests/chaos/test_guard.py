"""Faults strike only where they are allowed, as somebody who could not strike elsewhere."""

import base64
import pkgutil
import stat
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from slaharness import faults
from slaharness.chaos import chaosk8s, declaration, guard
from slaharness.chaos.experiment import Experiment
from slaharness.chaos.format.target import Target
from slaharness.errors import ClusterTrouble, NotAllowed
from slaharness.undo import journal as undo


def plan(*targets: Target) -> Experiment:
    return Experiment("e", Path("e.yaml"), "t", targets)


def target(function: str, namespace: str, role: str = "action") -> Target:
    """What one function of ours or of chaosk8s does there, as it is declared."""
    module, _, name = function.rpartition(".")
    declared = chaosk8s.DECLARED.get(function) or declaration.of(getattr(import_module(module), name))
    assert declared
    return Target("method[0]", role, function, declared, namespace)


KILL = "slaharness.faults.pods.kill_pods.kill_pods"
LOSE = "slaharness.faults.backup.lose_storage.lose_storage"
SEND = "slaharness.faults.scaling.send_requests.send_requests"


def kills(*namespaces: str) -> Experiment:
    return plan(*(target(KILL, namespace) for namespace in namespaces))


def rights(experiment: Experiment, namespace: str) -> set[tuple[str, str]]:
    """Resource and verb, for each that the account has in a namespace ("" for the whole cluster)."""
    rules = [
        rule
        for made in guard.account("n", experiment)
        if made["kind"] in {"Role", "ClusterRole"} and made["metadata"].get("namespace", "") == namespace
        for rule in made["rules"]
    ]
    return {(one, verb) for rule in rules for one in rule["resources"] for verb in rule["verbs"]}


@pytest.mark.parametrize(
    ("namespaces", "words"),
    [
        (["persistence", "load"], "namespace load is not labelled slaharness.dev/faults=allowed"),
        (["persistence", "nowhere"], "namespace nowhere does not exist"),
        ([], "names no namespace"),
    ],
)
def test_anything_else_is_refused_before_a_change(cluster: Any, namespaces: list[str], words: str) -> None:
    """One namespace that is not allowed refuses the whole fault, and nothing was written to the cluster."""
    with (
        undo.journal("r") as journal,
        pytest.raises(NotAllowed, match=words),
        guard.access(cluster.info, kills(*namespaces), journal),
    ):
        pytest.fail("it was allowed")
    assert {method for method, _ in cluster.requests} <= {"GET"}


def test_the_label_must_say_allowed(cluster: Any) -> None:
    """Any other value of the label refuses: fail-closed."""
    cluster.namespace("application", **{"slaharness.dev/faults": "forbidden"})
    with pytest.raises(NotAllowed, match="application"):
        guard.allow(cluster.info.api(), kills("application"))


def test_access_is_made_for_the_fault_and_removed(cluster: Any, state: Path) -> None:
    """A kubeconfig that only we can read; afterwards no account, role, binding or file is left."""
    with undo.journal("r") as journal:
        with guard.access(cluster.info, kills("persistence", "application"), journal) as kubeconfig:
            assert stat.S_IMODE(kubeconfig.stat().st_mode) == 0o600
            saved = yaml.safe_load(kubeconfig.read_text())
            assert saved["users"][0]["user"] == {"token": "t"}
            assert saved["clusters"][0]["cluster"]["server"].startswith("http://127.0.0.1:")
            (name,) = cluster.names("serviceaccounts")
            assert cluster.names("roles") == cluster.names("rolebindings") == [name, name]
        assert not kubeconfig.exists()
    for kind in ("serviceaccounts", "roles", "rolebindings"):
        assert cluster.names(kind) == []
    assert list((state / "undo").iterdir()) == []


def test_access_is_written_down_before_it_is_made(cluster: Any) -> None:
    """When the API refuses half-way, the journal already names everything that might have been made."""
    cluster.forbidden |= {("PATCH", "rolebindings"), ("DELETE", "serviceaccounts")}
    with undo.journal("r") as journal:
        with pytest.raises(Exception, match="403"), guard.access(cluster.info, kills("persistence"), journal):
            pytest.fail("it was made")
        (entry,) = journal.entries
    kinds = [one["kind"] for one in entry.args["objects"]]
    assert kinds == ["ServiceAccount", "Role", "RoleBinding"]


def test_an_account_that_does_not_work_is_trouble(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where roles do not count, the fault is not begun under an account that cannot do it; all is removed."""
    monkeypatch.setattr(guard, "SETTLE", 0.5)
    cluster.forbidden.add(("GET", "pods"))
    with (
        undo.journal("r") as journal,
        pytest.raises(ClusterTrouble, match="faults may list pods in persistence"),
        guard.access(cluster.info, kills("persistence"), journal),
    ):
        pytest.fail("it was given")
    assert cluster.names("serviceaccounts") == []


def test_the_role_is_no_wider_than_a_kill_needs() -> None:
    """No wildcard, no secrets, no exec, nothing cluster-wide, no change to anything but pods."""
    objects = guard.account("a", kills("persistence"))
    assert {one["kind"] for one in objects} == {"ServiceAccount", "Role", "RoleBinding"}
    assert rights(kills("persistence"), "persistence") == {
        ("events", "list"), ("namespaces", "get"), ("pods", "delete"), ("pods", "get"), ("pods", "list")
    }  # fmt: skip


def test_each_fault_has_its_own_rights_and_no_other() -> None:
    """Killing pods never comes with the right to delete what they keep, and volumes can only be looked at."""
    assert "persistentvolumeclaims" not in str(guard.account("n", kills("persistence")))
    losing = plan(target(LOSE, "persistence"))
    claims = {verb for name, verb in rights(losing, "persistence") if name == "persistentvolumeclaims"}
    assert claims == {"delete", "get", "list"}
    everywhere = next(one for one in guard.account("n", losing) if one["kind"] == "ClusterRole")
    assert everywhere["rules"] == [{"apiGroups": [""], "resources": ["persistentvolumes"], "verbs": ["get"]}]
    bound = next(one for one in guard.account("n", losing) if one["kind"] == "ClusterRoleBinding")
    assert "namespace" not in bound["metadata"]
    assert bound["subjects"] == [{"kind": "ServiceAccount", "name": "n", "namespace": "persistence"}]


def test_rights_are_those_of_what_is_called_in_that_namespace() -> None:
    """Storage is lost in one namespace, a service is asked in another: neither has the other's rights."""
    both = plan(target(LOSE, "persistence"), target(SEND, "application"))
    theirs = {("services/proxy", "get"), ("services/proxy", "create"), ("deployments", "watch")}
    assert rights(both, "application") >= theirs
    assert rights(both, "persistence") & theirs == set()
    assert ("persistentvolumeclaims", "delete") not in rights(both, "application")


def test_a_probe_may_look_where_no_fault_strikes(cluster: Any) -> None:
    """Namespace ``load`` is not released for faults: a probe there can list pods, and nothing can change."""
    looking = plan(target(KILL, "persistence"), target("chaosk8s.pod.probes.count_pods", "load", "probe"))
    guard.allow(cluster.info.api(), looking)
    assert rights(looking, "load") == {("namespaces", "get"), ("pods", "list")}


def test_actions_of_chaosk8s_have_the_rights_that_we_declare_for_them() -> None:
    """To scale a Deployment it has to be patched; a probe that reads logs may read them."""
    scaling = plan(target("chaosk8s.deployment.actions.scale_deployment", "application"))
    made = next(one for one in guard.account("n", scaling) if one["kind"] == "Role")
    assert {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "patch"]} in made["rules"]
    reading = plan(
        target(KILL, "application"), target("chaosk8s.pod.probes.read_pod_logs", "application", "probe")
    )
    assert ("pods/log", "get") in rights(reading, "application")


def test_a_namespace_outside_the_stack_is_refused(cluster: Any) -> None:
    """It may be released for faults by somebody, but a verdict on it would say nothing of the stack."""
    with pytest.raises(NotAllowed, match=r"method\[0\] reaches into namespace application, which is none of"):
        guard.allow(cluster.info.api(), kills("persistence", "application"), inside=["persistence", "load"])
    assert cluster.requests == []


@pytest.mark.parametrize("level", ["", "privileged", "baseline", "restricted"])
def test_what_makes_pods_is_kept_to_namespaces_that_confine_them(cluster: Any, level: str) -> None:
    """A Job of an experiment's own could else mount the node's disk; killing pods makes none."""
    cluster.namespace("persistence", **{
        "slaharness.dev/faults": "allowed", "pod-security.kubernetes.io/enforce": level,
    })  # fmt: skip
    guard.allow(cluster.info.api(), kills("persistence"))
    rerun = plan(target("slaharness.faults.backup.rerun_job.rerun_job", "persistence"))
    if level in {"baseline", "restricted"}:
        guard.allow(cluster.info.api(), rerun)
        return
    with pytest.raises(
        NotAllowed, match=r"change jobs\.batch in namespace persistence .*enforces no Pod Security"
    ):
        guard.allow(cluster.info.api(), rerun)


def test_every_right_that_a_fault_may_be_given() -> None:
    """Whoever declares another one changes this list, too, so that it is seen in review."""
    ours = {
        f"{module}.{name}": found
        for module, name in sorted(_ours())
        if (found := declaration.of(getattr(import_module(module), name)))
    }
    lines = [
        line for name, declared in {**ours, **chaosk8s.DECLARED}.items() for line in _lines(name, declared)
    ]
    assert lines == (Path(__file__).parent / "rights.txt").read_text().splitlines()


def _ours() -> set[tuple[str, str]]:
    modules = {
        one.name for one in pkgutil.walk_packages(faults.__path__, "slaharness.faults.") if not one.ispkg
    }
    return {(one, name) for one in modules for name in getattr(import_module(one), "__all__", ())}


def _lines(name: str, declared: declaration.Declaration) -> list[str]:
    scopes = [("", declared.rights), (" everywhere", declared.everywhere)]
    marks = [mark for mark in ("loses_data", "host") if getattr(declared, mark)]
    marks += [f"undo={'|'.join(declared.undo)}"] if declared.undo else []
    marks += [f"needs={declared.needs}"] if declared.needs else []
    head = " ".join([f"{name}({declared.target})", *marks])
    return [head, *(f"  {one}: {verbs}{scope}" for scope, held in scopes for one, verbs in held.items())]


def test_the_account_goes_the_same_way_to_the_server(cluster: Any) -> None:
    """Through the proxy of the kubeconfig as well: by a way of its own it would find no server."""
    content = yaml.safe_load(cluster.info.kubeconfig.read_text())
    server = content["clusters"][0]["cluster"]["server"]
    content["clusters"][0]["cluster"] = {"server": "http://cluster.invalid", "proxy-url": server}
    cluster.info.kubeconfig.write_text(yaml.safe_dump(content))
    with undo.journal("r") as journal, guard.access(cluster.info, kills("persistence"), journal) as file:
        saved = yaml.safe_load(file.read_text())
        assert saved["clusters"][0]["cluster"] == content["clusters"][0]["cluster"]


def test_the_account_trusts_the_same_server(tmp_path: Path) -> None:
    """By the same authority, put into its kubeconfig since it cannot read ours, under the same name."""
    (tmp_path / "ca.crt").write_text("authority")
    reach = {"server": "https://10.0.0.1", "certificate-authority": "ca.crt", "tls-server-name": "cluster"}
    there = SimpleNamespace(
        reach=SimpleNamespace(cluster=reach | {"certificate-authority": str(tmp_path / "ca.crt")})
    )
    assert guard.server(there) == {
        "server": "https://10.0.0.1",
        "tls-server-name": "cluster",
        "certificate-authority-data": base64.b64encode(b"authority").decode(),
    }
