"""After a fault one can say what is not as it was before."""

from dataclasses import replace
from types import SimpleNamespace as Made

import pytest
from kubernetes.client.exceptions import ApiException

from slaharness.stack import snapshot
from slaharness.stack.snapshot import Snapshot, Workload, diff

BEFORE = Snapshot(
    workloads={"application/Deployment/readings": Workload(2, 2, ("api:1",), "a1")},
    specs={"application/Service/readings": "b1"},
    nodes={"n1": "Ready"},
)


def changed(**parts):
    return Snapshot(**{**{name: getattr(BEFORE, name) for name in ("workloads", "specs", "nodes")}, **parts})


def test_nothing_left_is_an_empty_list():
    """Equal states have nothing to tell."""
    assert diff(BEFORE, changed()) == []


@pytest.mark.parametrize(
    ("after", "line"),
    [
        (Workload(0, 0, ("api:1",), "a2"), "wants 0 pods, wanted 2"),
        (Workload(2, 1, ("api:1",), "a1"), "has 1 of 2 pods ready, had 2"),
        (Workload(2, 2, ("api:2",), "a2"), "runs api:2, ran api:1"),
        (Workload(2, 2, ("api:1",), "a2"), "was changed"),
    ],
)
def test_what_differs_in_a_workload_is_said_in_words(after, line):
    """Each kind of left-over has its own words."""
    key = "application/Deployment/readings"
    assert diff(BEFORE, changed(workloads={key: after})) == [f"{key} {line}"]


def test_service_that_an_autoscaler_sizes_may_be_of_any_size():
    """How many pods it has is no trace of a fault; that some of them are not ready may be."""
    key, asleep = "application/Deployment/forecast", Workload(None, 0, ("api:1",), "a1")
    before, lacking = changed(workloads={key: asleep}), changed(workloads={key: replace(asleep, ready=-1)})
    assert diff(before, before) == []
    assert diff(before, lacking) == [f"{key} lacks 1 of the pods that its autoscaler wants, lacked 0"]


def test_cordoned_node_and_lost_service_are_seen():
    """Also what is no workload must be as it was."""
    after = changed(specs={}, nodes={"n1": "Ready, cordoned"})
    assert diff(BEFORE, after) == [
        "application/Service/readings is gone",
        "n1 was Ready, is Ready, cordoned",
    ]


#: Who set what of an object: server-side apply as the harness does it, charts, and a program for itself.
APPLIED = Made(operation="Apply", manager="slaharness")
CHART = Made(operation="Update", manager="helm")
PROGRAM = Made(operation="Update", manager="okhttp")
HAND = Made(operation="Update", manager="kubectl-edit")


def listed(name, by=(APPLIED,), *, labels=None, annotations=None, **parts):
    """What a list call answers: one object."""
    metadata = Made(name=name, managed_fields=list(by), labels=labels, annotations=annotations)
    return lambda _namespace: Made(items=[Made(metadata=metadata, **parts)])


def nothing(_namespace):
    return Made(items=[])


@pytest.fixture
def api(monkeypatch):
    """An API of one namespace; each of its lists can be replaced."""
    core = Made(
        list_namespaced_service=nothing,
        list_namespaced_config_map=nothing,
        list_namespaced_persistent_volume_claim=nothing,
        list_namespaced_secret=nothing,
    )
    apps = Made(
        list_namespaced_deployment=nothing,
        list_namespaced_stateful_set=nothing,
        list_namespaced_daemon_set=nothing,
    )
    plain = Made(sanitize_for_serialization=lambda value: vars(value) if isinstance(value, Made) else value)
    api = Made(core=core, apps=apps, client=plain, policies=nothing)
    none = Made(
        list_namespaced_pod_disruption_budget=nothing, list_namespaced_horizontal_pod_autoscaler=nothing
    )
    for name in ("PolicyV1Api", "AutoscalingV2Api"):
        monkeypatch.setattr(snapshot, name, lambda _: none)
    monkeypatch.setattr(
        snapshot, "NetworkingV1Api", lambda _: Made(list_namespaced_network_policy=api.policies)
    )
    return api


def specs(api):
    return dict(snapshot._specs(api, "a"))


def test_policies_claims_and_secrets_are_part_of_how_a_stack_stands(api):
    """A fault that leaves one of them behind, or another one in its place, has left something."""
    api.policies = listed("deny", spec=Made(ingress=[]))
    api.core.list_namespaced_secret = listed("key", data={"token": "c2VjcmV0"})
    before = specs(api)
    assert before.keys() == {"a/NetworkPolicy/deny", "a/Secret/key"}
    assert "c2VjcmV0" not in str(before)
    api.core.list_namespaced_secret = listed("key", data={"token": "b3RoZXI="})
    assert specs(api) != before
    api.core.list_namespaced_persistent_volume_claim = listed("data", spec=Made(volume_name="v", size="1Gi"))
    assert "a/PersistentVolumeClaim/data" in specs(api)


@pytest.mark.parametrize("by", [(CHART,), (PROGRAM, APPLIED), (HAND,)])
def test_what_was_declared_and_is_another_now_is_seen(api, by):
    """Whoever declared it, and whoever else writes to it."""
    found = []
    for value in ("1", "2"):
        api.core.list_namespaced_config_map = listed("settings", by, data={"limit": value})
        found.append(specs(api))
    assert found[0] != found[1]


@pytest.mark.parametrize("kind", ["config_map", "secret"])
@pytest.mark.parametrize("by", [(PROGRAM,), None])
def test_what_a_program_keeps_for_itself_may_change_and_must_be_there(api, kind, by):
    """Leaders, check-points and certificates change in peace, too: that they are gone tells something."""
    found = []
    for value in ("leader-1", "leader-2"):
        setattr(api.core, f"list_namespaced_{kind}", listed("leader", by or (), data={"leader": value}))
        found.append(specs(api))
    assert found[0] == found[1] != {}


def test_a_claim_made_again_is_the_same_on_another_volume(api):
    """That its data is gone, others judge."""
    found = []
    for volume in ("v1", "v2"):
        spec = Made(volume_name=volume, size="1Gi")
        api.core.list_namespaced_persistent_volume_claim = listed("data", spec=spec)
        found.append(specs(api))
    assert found[0] == found[1]


def test_secrets_that_nobody_may_read_are_left_out(api):
    """Least privilege is no trouble of the run's."""

    def refused(_namespace):
        raise ApiException(403, "Forbidden")

    api.core.list_namespaced_secret = refused
    assert specs(api) == {}


def test_a_daemon_set_stands_on_each_node(api):
    """It has no number of its own: one on each node that may have it."""
    pod = Made(spec=Made(containers=[Made(image="agent:1")]))
    status = Made(desired_number_scheduled=3, number_ready=2)
    api.apps.list_namespaced_daemon_set = listed("agent", spec=Made(template=pod), status=status)
    api.client.sanitize_for_serialization = str
    ((key, found),) = snapshot._workloads(api, "a")
    assert (key, found.wanted, found.ready, found.images) == ("a/DaemonSet/agent", 3, 2, ("agent:1",))


def test_a_renewed_certificate_is_no_trace_and_a_lost_one_is(api):
    """cert-manager applies its Secrets as deployers do, and has a further one while a key is to come."""
    found = []
    for value in ("first", "second"):
        api.core.list_namespaced_secret = listed(
            "edge", annotations={"cert-manager.io/certificate-name": "edge"}, data={"tls.crt": value}
        )
        found.append(specs(api))
    assert found[0] == found[1] != {}
    api.core.list_namespaced_secret = listed(
        "edge-x7", labels={"cert-manager.io/next-private-key": "true"}, data={"tls.key": "third"}
    )
    assert specs(api) == {}
