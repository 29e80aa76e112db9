"""Faults strike only where they are allowed, as somebody who could not strike elsewhere."""

import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from slaharness.chaos import guard
from slaharness.errors import ClusterTrouble, NotAllowed
from slaharness.undo import journal as undo


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
        guard.access(cluster.info, namespaces, journal),
    ):
        pytest.fail("it was allowed")
    assert {method for method, _ in cluster.requests} <= {"GET"}


def test_the_label_must_say_allowed(cluster: Any) -> None:
    """Any other value of the label refuses: fail-closed."""
    cluster.namespace("application", **{"slaharness.dev/faults": "forbidden"})
    with pytest.raises(NotAllowed, match="application"):
        guard.allow(cluster.info.api(), ["application"])


def test_access_is_made_for_the_fault_and_removed(cluster: Any, state: Path) -> None:
    """A kubeconfig that only we can read; afterwards no account, role, binding or file is left."""
    with undo.journal("r") as journal:
        with guard.access(cluster.info, ["persistence", "application"], journal) as kubeconfig:
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
        with pytest.raises(Exception, match="403"), guard.access(cluster.info, ["persistence"], journal):
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
        guard.access(cluster.info, ["persistence"], journal),
    ):
        pytest.fail("it was given")
    assert cluster.names("serviceaccounts") == []


def test_the_role_is_no_wider_than_a_kill_needs() -> None:
    """No wildcard, no secrets, no exec, nothing cluster-wide, no change to anything but pods."""
    objects = guard.account("a", ["persistence"])
    assert {one["kind"] for one in objects} == {"ServiceAccount", "Role", "RoleBinding"}
    changes = {
        resource
        for rule in guard.RULES
        for resource in rule["resources"]
        if not set(rule["verbs"]) <= {"get", "list", "watch"}
    }
    assert changes == {"pods", "pods/eviction"}
    assert not any("*" in (*rule["verbs"], *rule["resources"], *rule["apiGroups"]) for rule in guard.RULES)


def test_each_module_has_its_own_rights_and_no_other(state: Path) -> None:
    """Killing pods never comes with the right to delete what they keep, and volumes can only be looked at."""
    plain = guard.account("n", ["persistence"], ["slaharness.faults.pods"])
    assert [one["kind"] for one in plain] == ["ServiceAccount", "Role", "RoleBinding"]
    assert "persistentvolumeclaims" not in str(plain)
    losing = guard.account("n", ["persistence"], ["slaharness.faults.backup.storage"])
    role = next(one for one in losing if one["kind"] == "Role")
    assert {"delete", "get", "list"} == {
        verb
        for rule in role["rules"]
        if rule["resources"] == ["persistentvolumeclaims"]
        for verb in rule["verbs"]
    }
    everywhere = next(one for one in losing if one["kind"] == "ClusterRole")
    assert everywhere["rules"] == [{"apiGroups": [""], "resources": ["persistentvolumes"], "verbs": ["get"]}]
    bound = next(one for one in losing if one["kind"] == "ClusterRoleBinding")
    assert "namespace" not in bound["metadata"]
    assert bound["subjects"] == [{"kind": "ServiceAccount", "name": "n", "namespace": "persistence"}]


def test_activities_of_a_module_may_do_what_is_theirs_and_others_may_not() -> None:
    """Watching and asking belong to scaling: an account that kills pods can ask nobody anything."""

    def resources(*modules: str) -> set[tuple[str, str]]:
        rules = [
            rule
            for made in guard.account("x", ["application"], modules)
            if made["kind"] == "Role"
            for rule in made["rules"]
        ]
        return {(one, verb) for rule in rules for one in rule["resources"] for verb in rule["verbs"]}

    theirs = {("services/proxy", "get"), ("services/proxy", "create"), ("deployments", "watch")}
    assert resources("slaharness.faults.pods") & theirs == set()
    assert resources("slaharness.faults.pods", "slaharness.faults.scaling.actions") >= theirs
