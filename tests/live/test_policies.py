"""Who gets where on the real network, and in without a password: nobody who has nothing to do there."""

import json
from collections.abc import Callable, Iterator, Mapping

import pytest

from slaharness.cluster.api import Api
from slaharness.host.wait import until
from slaharness.load import manifest

pytestmark = [pytest.mark.live, pytest.mark.nightly]

DATABASE, STORE = "cassandra-client.persistence:9042", "objectstore.objectstore:7070"
ADDRESSES = (DATABASE, STORE)
READINGS = "app.kubernetes.io/name=readings"
#: Seconds that a pod tries for: what it is allowed counts a moment after it has an address.
TRIES_FOR, ENDS_WITHIN = 20, 180
#: Tries every address until it gets there, or until its time is over; says which it got to.
KNOCK = f"""
import json, socket, sys, time
reached, end = set(), time.monotonic() + {TRIES_FOR}
while time.monotonic() < end and len(reached) < len(sys.argv) - 1:
    for one in set(sys.argv[1:]) - reached:
        host, port = one.split(":")
        try:
            socket.create_connection((host, int(port)), 2).close()
            reached.add(one)
        except OSError:
            pass
    time.sleep(0.5)
print(json.dumps(sorted(reached)))
"""
#: Logs in as Cassandra ships it, and as nobody; says how that went.
ENTER = f"""
import json, sys, time
from cassandra import AuthenticationFailed
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, NoHostAvailable
end = time.monotonic() + {TRIES_FOR}

def entered(login):
    cluster = Cluster([sys.argv[1]], auth_provider=login and PlainTextAuthProvider(*login))
    try:
        cluster.connect()
        return "let in"
    except NoHostAvailable as error:
        found = list(error.errors.values())
        return "refused" if all(isinstance(one, AuthenticationFailed) for one in found) else repr(found)
    finally:
        cluster.shutdown()

told = []
for login in (None, ("cassandra", "cassandra")):
    while (answer := entered(login)) not in ("let in", "refused") and time.monotonic() < end:
        time.sleep(0.5)  # the network is not open to it yet
    told.append(answer)
print(json.dumps(told))
"""
#: Opens a connection to the edge a hundred times a second; says how many were not let be.
OPEN = """
import json, socket, time
end, refused, opened = time.monotonic() + 40, 0, 0
while time.monotonic() < end:
    try:
        socket.create_connection(("edge.application", 80), 5).close()
        opened += 1
    except OSError:
        refused += 1 if opened else 0  # the network is not open to it yet
    time.sleep(0.01)
print(json.dumps([refused, opened > 1000]))
"""


@pytest.fixture
def elsewhere(backed_up: Api) -> Iterator[str]:
    """A namespace that is no part of the backed_up."""
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "intruders"}}
    backed_up.apply([space])
    until(
        lambda: backed_up.core.list_namespaced_service_account("intruders").items,
        within=60,
        what="pods may be made there",
    )
    yield "intruders"
    backed_up.delete([space])


def said(
    api: Api,
    namespace: str,
    program: str,
    *words: str,
    labels: Mapping[str, str] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> object:
    """What a pod there says that runs ``program`` in the image of the services."""
    services = api.apps.read_namespaced_deployment("readings", "application").spec.template.spec
    image = services.containers[0].image
    meta = {"name": "visitor", "namespace": namespace, "labels": labels or {}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {
        "restartPolicy": "Never", "automountServiceAccountToken": False, "terminationGracePeriodSeconds": 0,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532,
                            "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{
            "name": "visitor", "image": image, "imagePullPolicy": "IfNotPresent",
            "command": ["python3", "-c", program, *words],
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }],
    }}  # fmt: skip
    api.apply([pod])
    try:
        until(
            lambda: (meanwhile(), ended(api, namespace))[1],
            within=ENDS_WITHIN, every=2, what=f"the visitor of {namespace} has ended",
        )  # fmt: skip
        return json.loads(api.core.read_namespaced_pod_log("visitor", namespace).splitlines()[-1])
    finally:
        api.delete([pod])
        until(lambda: not api.there([pod]), within=60, what="the visitor is gone")


def ended(api: Api, namespace: str) -> bool:
    return api.core.read_namespaced_pod("visitor", namespace).status.phase in {"Succeeded", "Failed"}


def test_an_intruder_reaches_neither_database_nor_object_store(backed_up, elsewhere):
    """From a namespace that nobody thought of."""
    assert said(backed_up, elsewhere, KNOCK, *ADDRESSES) == []


@pytest.mark.parametrize(
    ("namespace", "reached"),
    [
        ("load", []),  # the load comes by the edge, as users do
        ("observability", []),
        ("application", [DATABASE]),
        ("persistence", list(ADDRESSES)),
    ],
)
def test_each_part_of_the_stack_reaches_what_it_works_with(backed_up, namespace, reached):
    """The services their database; the database, for its backups, the object store; the rest neither."""
    assert said(backed_up, namespace, KNOCK, *ADDRESSES) == sorted(reached)


def test_whoever_gets_to_the_database_is_asked_for_a_password(backed_up):
    """Beside the services, where the network is open: without a login, and with that of every manual."""
    host = DATABASE.partition(":")[0]
    assert said(backed_up, "application", ENTER, host) == ["refused", "refused"]


def test_who_is_let_in_is_let_in_while_pods_come_and_go(backed_up):
    """The load's way to the edge stays open at every moment at which the policies are worked out anew."""

    def kill() -> None:
        pods = backed_up.core.list_namespaced_pod("application", label_selector=READINGS).items
        backed_up.core.delete_namespaced_pod(pods[0].metadata.name, "application", grace_period_seconds=0)

    told = said(backed_up, "load", OPEN, labels=manifest.LABELS, meanwhile=kill)
    assert told == [0, True]
