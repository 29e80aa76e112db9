"""The local cluster as one of others: by a token with the rights that we publish, by a user without root."""

import json
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client
from live_visitor import ACCOUNT, CONTEXT, HOME_SPACE, Visitor

from slaharness.chaos.guard import server
from slaharness.cluster.api import Api
from slaharness.cluster.local.provider import Local
from slaharness.cluster.provider import ClusterInfo
from slaharness.events import NO_READBACK
from slaharness.host.wait import until
from slaharness.load import locust
from slaharness.record.store import RecordStore
from slaharness.undo import journal as undo

pytestmark = pytest.mark.live

SCENARIO = "kill-one-api-pod"
THERE = ("--cluster", "existing", "--context", CONTEXT)
MET, INTERRUPTED, TROUBLE = 0, 2, 6
TOKEN_LIFE = 3600


@pytest.fixture(scope="module")
def load_image(kubernetes: ClusterInfo) -> str:
    """The load's image, in the nodes already: whoever comes by a token can put none there."""
    made = locust.image()
    Local(kubernetes.name).load_images([made.archive])
    return made.reference


@pytest.fixture
def visitor(cluster: Api, load_image: str) -> Iterator[Callable[[str], Visitor]]:
    """Somebody with a home of their own and the published rights; all of it goes again."""
    homes: list[tempfile.TemporaryDirectory[str]] = []
    granted: list[dict[str, Any]] = []

    def arrive(name: str) -> Visitor:
        homes.append(tempfile.TemporaryDirectory(prefix="slaharness-visitor-", ignore_cleanup_errors=True))
        folder = Path(homes[-1].name)
        folder.chmod(0o755)
        them = Visitor(folder / name).settle(load_image)
        granted.extend(_grant(cluster, them))
        ask: Any = {"spec": {"expirationSeconds": TOKEN_LIFE}}
        token: Any = cluster.core.create_namespaced_service_account_token(ACCOUNT, HOME_SPACE, ask)
        them.log_in(server(cluster), token.status.token)
        return them

    yield arrive
    cluster.delete(granted)
    for home in homes:
        home.cleanup()


def _grant(cluster: Api, them: Visitor) -> list[dict[str, Any]]:
    """An account, and for it what the command prints: nothing is added."""
    printed = them("rights", "--kind", "serviceaccount", "--user", f"{HOME_SPACE}:{ACCOUNT}")
    assert printed.code == MET, printed.err
    meta = {"name": ACCOUNT, "namespace": HOME_SPACE}
    objects = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
        *yaml.safe_load_all(printed.out),
    ]
    cluster.apply(objects)
    return objects


def test_a_user_without_root_keeps_a_promise_with_the_published_rights(visitor, left):
    """The whole of a core scenario: MET, with the content read back, and nothing left in the cluster."""
    them = visitor("one")
    looked = them("doctor", "--context", CONTEXT)
    assert looked.code == MET, looked.out
    ended = them("run", SCENARIO, *THERE, "--json")
    assert ended.code == MET, ended.err
    (run,) = json.loads(ended.out)["runs"]
    assert {one["outcome"] for one in run["verdicts"]} == {"MET"}
    record = RecordStore.open(Path(run["record"])).record()
    assert record.place["provider"] == "existing"
    assert not [event for event in record.timeline.events if event.name == NO_READBACK]
    assert left() == []
    assert list(undo.folder().glob("*.json")) == []


def test_of_two_that_start_at_once_one_runs_and_the_other_ends_in_one_line(visitor, cluster, left):
    """From two machines, as neither sees the other's files: the Lease in the cluster lets one go on."""
    both = [visitor("one"), visitor("two")]
    running = {them: them.start("run", SCENARIO, *THERE, "--json") for them in both}
    until(
        lambda: any(one.poll() is not None for one in running.values()),
        within=120, every=0.2, what="one of the two has ended",
    )  # fmt: skip
    (loser,) = [them for them, one in running.items() if one.poll() is not None]
    (winner,) = [them for them in both if them is not loser]
    _, err = running[loser].communicate(timeout=60)
    assert running[loser].returncode == TROUBLE, err
    (said,) = [line for line in err.splitlines() if "another run" in line]
    assert f"context {CONTEXT}" in said
    assert "Traceback" not in err
    until(
        lambda: cluster.core.list_namespaced_pod("load").items,
        within=120, every=0.5, what="the load of the other runs",
    )  # fmt: skip
    running[winner].send_signal(signal.SIGINT)
    _, err = running[winner].communicate(timeout=120)
    assert running[winner].returncode == INTERRUPTED, err
    assert left() == []
    leases: Any = client.CoordinationV1Api(cluster.client).list_namespaced_lease("default")
    assert [one.metadata.name for one in leases.items if one.metadata.name == "slaharness-run"] == []
