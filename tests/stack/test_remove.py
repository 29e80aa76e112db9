"""Removed means that the data is gone too, and that nothing of anybody else's is."""

import json
from typing import Any

import pytest

from slaharness.errors import ClusterTrouble, StackTrouble
from slaharness.stack import inventory, remove


def body(kind: str, name: str, namespace: str = "", version: str = "v1", **more: Any) -> dict[str, Any]:
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": meta, **more}


DEFINITIONS, RBAC = "apiextensions.k8s.io/v1", "rbac.authorization.k8s.io/v1"
SCALERS = {"group": "scaling.example", "versions": [{"name": "v1"}], "names": {"kind": "Scaler"}}
STACK = [
    body("Namespace", "data"),
    body("PersistentVolumeClaim", "disk", "data"),
    body("APIService", "v1.metrics", version="apiregistration.k8s.io/v1"),
    body("CustomResourceDefinition", "scalers", version=DEFINITIONS, spec=SCALERS),
    body("ClusterRole", "operator", version=RBAC),
    body("RoleBinding", "reader", "kube-system", version=RBAC),
]


def volume(cluster: Any, name: str, namespace: str) -> None:
    spec = {"claimRef": {"namespace": namespace, "name": "disk"}}
    cluster.objects["persistentvolumes", "", name] = {"metadata": {"name": name, "uid": name}, "spec": spec}


@pytest.fixture
def installed(cluster: Any) -> Any:
    """A cluster that holds the stack, as it is deployed, and a volume claimed by it and one by others."""
    made = inventory.claim(cluster.info, "it", "core", STACK)
    cluster.info.api().apply(map(made.marked, STACK))
    inventory.seen(cluster.info, made)
    volume(cluster, "pv-1", "data")
    volume(cluster, "pv-2", "elsewhere")
    return cluster


def going(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let volumes go with the namespace that claimed them."""
    look = remove.volumes

    def volumes(api: Any) -> list[Any]:
        if ("namespaces", "", "data") not in cluster.objects:
            cluster.objects.pop(("persistentvolumes", "", "pv-1"), None)
        return look(api)

    monkeypatch.setattr(remove, "volumes", volumes)


def test_residue_names_what_is_ours_only(installed: Any) -> None:
    """What belongs to others is not ours to name."""
    assert remove.residue(installed.info, "it") == [
        "namespace data", "volume pv-1", "APIService v1.metrics", "CustomResourceDefinition scalers",
        "ClusterRole operator", "RoleBinding reader",
    ]  # fmt: skip


def test_all_of_it_goes_and_nothing_else(installed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Namespaces, what is in them, what stands outside of them, and the list itself."""
    going(installed, monkeypatch)
    remove.undeploy(installed.info, "it")
    assert remove.residue(installed.info, "it") == []
    left = {kind for kind, _, _ in installed.objects}
    assert left == {"namespaces", "pods", "persistentvolumes"}
    assert installed.names("persistentvolumes") == ["pv-2"]


def test_removal_waits_for_the_volumes(installed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A namespace that is gone before its volume is not the end; the error says what remains."""
    monkeypatch.setattr(remove, "GONE_WITHIN", 0)
    with pytest.raises(StackTrouble, match="there is still: "):
        remove.undeploy(installed.info, "it")
    assert inventory.read(installed.info, "it") is not None


def test_an_object_that_was_made_anew_by_others_stays(
    installed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name is on the list, and its uid is not."""
    going(installed, monkeypatch)
    role = body("ClusterRole", "operator", version=RBAC)
    installed.objects["clusterroles", "", "operator"] = {
        **role,
        "metadata": {"name": "operator", "uid": "new"},
    }
    remove.undeploy(installed.info, "it")
    assert installed.names("clusterroles") == ["operator"]


def test_one_that_is_made_anew_while_we_remove_stays(installed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deleting is by uid: between looking and deleting, anything may happen."""
    going(installed, monkeypatch)
    delete = remove._delete

    def late(api: Any, items: Any) -> None:
        installed.objects["clusterroles", "", "operator"]["metadata"]["uid"] = "new"
        delete(api, items)

    monkeypatch.setattr(remove, "_delete", late)
    remove.undeploy(installed.info, "it")
    assert installed.names("clusterroles") == ["operator"]


def test_what_was_applied_and_not_seen_before_a_kill_goes_too(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its uid is not on the list, but it carries the installation's id; what does not is not ours."""
    made = inventory.claim(cluster.info, "it", "core", STACK)
    api = cluster.info.api()
    api.apply(map(made.marked, STACK[:-1]))
    api.apply(STACK[-1:])
    monkeypatch.setattr(remove, "volumes", lambda _: [])
    remove.undeploy(cluster.info, "it")
    assert cluster.names("rolebindings") == ["reader"]
    assert cluster.names("clusterroles") == cluster.names("customresourcedefinitions") == []


def test_objects_whose_operator_is_gone_are_let_go_of(
    installed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their finalizers would keep the definition, and all that is in its namespace, for ever."""
    going(installed, monkeypatch)
    monkeypatch.setattr(remove, "LET_GO_WITHIN", 0)
    patched: list[str] = []
    ours = {"metadata": {"name": "ours", "namespace": "data", "uid": "o", "finalizers": ["x"]}}
    installed.objects["scalers", "data", "ours"] = ours
    api = installed.info.api()
    monkeypatch.setattr(type(api), "there", lambda *_: ["CustomResourceDefinition scalers"])
    monkeypatch.setattr(type(api), "patch", lambda _, one, __: patched.append(one["metadata"]["name"]))
    remove.undeploy(installed.info, "it")
    assert patched == ["ours"]


def test_a_definition_that_others_use_is_not_taken_from_them(installed: Any) -> None:
    """All objects of its kind would go; the line says which, and nothing is changed."""
    theirs = {"metadata": {"name": "theirs", "namespace": "elsewhere", "uid": "t", "finalizers": ["x"]}}
    installed.objects["scalers", "elsewhere", "theirs"] = theirs
    before = json.dumps(sorted(map(repr, installed.objects.items())))
    with pytest.raises(StackTrouble, match="would lose Scaler elsewhere/theirs"):
        remove.undeploy(installed.info, "it")
    assert json.dumps(sorted(map(repr, installed.objects.items()))) == before


def test_what_is_of_no_namespace_is_ours_by_the_id_that_it_bears(
    installed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An issuer for the whole cluster, for example: it goes with its definition."""
    going(installed, monkeypatch)
    made = inventory.read(installed.info, "it")
    assert made is not None
    wide = made.marked(body("Scaler", "wide", version="x/v1"))
    installed.objects["scalers", "", "wide"] = {**wide, "metadata": {**wide["metadata"], "uid": "w"}}
    remove.undeploy(installed.info, "it")
    assert remove.residue(installed.info, "it") == []


def test_another_profile_that_was_there_before_is_not_taken_away(
    installed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has data and backups. The line says what allows it; what this session deployed may always go."""
    going(installed, monkeypatch)
    there = inventory.read(installed.info, "it")
    assert there is not None
    remove.make_way(installed.info, "it", "core", kept=there.id)
    with pytest.raises(
        StackTrouble, match=r"holds it of profile core, which backup would replace.*--replace-stack"
    ):
        remove.make_way(installed.info, "it", "backup", kept=there.id)
    assert remove.residue(installed.info, "it") != []
    remove.make_way(installed.info, "it", "backup", kept="")
    assert remove.residue(installed.info, "it") == []


def test_a_damaged_list_is_one_line(installed: Any) -> None:
    """Nobody guesses what may be deleted."""
    installed.objects["configmaps", "default", f"{inventory.NAME}-it"]["data"] = {inventory.KEY: "{"}
    with pytest.raises(ClusterTrouble, match="put it right by hand"):
        remove.undeploy(installed.info, "it")
