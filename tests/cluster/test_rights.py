"""What a run needs of a cluster of others is published, and asked for one by one."""

from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from slaharness.cli import cli
from slaharness.cluster import doctor, rights
from slaharness.cluster.local.doctor import State
from slaharness.cluster.rights import Needed

USER = {"kind": "User", "name": "sre"}


def test_roles_are_rendered_where_they_count() -> None:
    """A ClusterRole for the whole cluster, a Role for a namespace, each bound to who gets it."""
    needed = [Needed("", {"nodes": "get list"}), Needed("shop", {"jobs.batch": "get", "pods/log": "get"})]
    made = list(rights.rendered(needed, USER))
    assert [(one["kind"], one["metadata"].get("namespace")) for one in made] == [
        ("ClusterRole", None), ("ClusterRoleBinding", None), ("Role", "shop"), ("RoleBinding", "shop"),
    ]  # fmt: skip
    assert made[2]["rules"] == [
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    ]
    assert made[3]["subjects"] == [USER]


def test_each_right_is_asked_for(monkeypatch: pytest.MonkeyPatch, cluster: Any) -> None:
    """What the API server says no to is named as people say it."""
    seen: list[dict[str, str]] = []

    class Reviews:
        def __init__(self, _client: Any) -> None: ...

        def create_self_subject_access_review(self, body: Any) -> Any:
            about = body["spec"]["resourceAttributes"]
            seen.append(about)
            allowed = about["verb"] != "create"
            return type("Review", (), {"status": type("Status", (), {"allowed": allowed})})

    monkeypatch.setattr(rights.client, "AuthorizationV1Api", Reviews)
    needed = [
        Needed("shop", {"jobs.batch": "get create", "pods/log": "get"}),
        Needed("", {"nodes": "create"}),
    ]
    assert rights.lacking(cluster.info.api(), needed) == ["create jobs.batch in shop", "create nodes"]
    assert {"group": "batch", "resource": "jobs", "verb": "get", "namespace": "shop"} in seen
    assert {"resource": "pods", "subresource": "log", "verb": "get", "namespace": "shop"} in seen


def test_the_command_prints_what_kubectl_applies() -> None:
    """For this project: its namespaces, and no more of its faults' rights than its experiments have."""
    said = CliRunner().invoke(cli, ["rights", "--kind", "serviceaccount", "--user", "ci:sre"])
    assert said.exit_code == 0, said.output
    made = list(yaml.safe_load_all(said.output))
    roles = {one["metadata"].get("namespace", ""): one for one in made if one["kind"].endswith("Role")}
    assert {"", "default", "load", "persistence"} <= set(roles)
    verbs = {
        (*rule["apiGroups"], *rule["resources"]): rule["verbs"] for rule in roles["persistence"]["rules"]
    }
    assert "delete" in verbs["", "pods"], "what kill_pods passes on to its own account"
    assert "secrets" not in said.output
    subject = {"kind": "ServiceAccount", "name": "sre", "namespace": "ci"}
    assert all(one["subjects"] == [subject] for one in made if one["kind"].endswith("Binding"))


def test_a_cluster_that_cannot_be_reached_is_one_line(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest could be seen only with it."""
    file = tmp_path / "config"
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}
    file.write_text(
        yaml.safe_dump({"clusters": [cluster], "contexts": [{"name": "it", "context": {"cluster": "c"}}]})
    )
    monkeypatch.setenv("KUBECONFIG", str(file))
    (found,) = doctor.examine("it", [], [])
    assert (found.name, found.state) == ("reach", State.MISSING)
