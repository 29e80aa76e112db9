"""Runs Locust in the cluster for as long as the body of ``running`` lasts, then leaves nothing of it.

A load is one pod or, where the profile says so, several; what they say is merge.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from slaharness.cluster.api import Api
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import LoadTrouble, NotYet
from slaharness.host.progress import step
from slaharness.host.wait import until
from slaharness.image import Image, Platform, base, build
from slaharness.ledger import ledger
from slaharness.load import manifest, merge, source
from slaharness.load.worker import Worker
from slaharness.model.words import counted
from slaharness.stack.protocol import Authorities
from slaharness.undo import journal as undo

#: Its image's.
NAME = "locust"
HERE = Path(__file__).parent
SELECTOR = ",".join(f"{name}={value}" for name, value in manifest.LABELS.items())
#: Seconds: until Locust answers, until its rate is steady, until its pods are gone.
ANSWERS_WITHIN, STEADY_WITHIN, GONE_WITHIN = 120, 60, 60
#: The rate is steady when this many looks, LOOK seconds apart, show rates within TOLERANCE of their mean.
LOOKS, LOOK, TOLERANCE = 4, 0.4, 0.3


class Look(NamedTuple):
    """How many requests had ended at one instant (seconds since the epoch)."""

    at: float
    requests: int


def image(platform: Platform | None = None) -> Image:
    """Locust's image, built if need be; to be loaded into the nodes with those of the stack."""
    return build(NAME, HERE / "image", args={"BASE": base(platform).reference}, platform=platform)


@contextmanager
def running(
    cluster: ClusterInfo,
    file: Path,
    *,
    run_id: str,
    limit: float,
    host: str,
    reference: str = "",
    namespace: str = manifest.NAMESPACE,
    authorities: Authorities | None = None,
) -> Iterator["Load"]:
    """Load the stack at ``host`` as ``file`` says, from all users being at it until the end of the body.

    ``reference`` is Locust's image as the cluster's pods must name it, by default that of ``image()``.
    ``run_id`` keeps apart what runs write; after ``limit`` seconds the load ends in any case. Raises
    LoadTrouble when the load does not come to a steady rate; ``profile.check`` refuses hopeless files before.
    """
    token = secrets.token_urlsafe()
    wanted = manifest.objects(
        file, image=reference or image().reference, run_id=run_id, limit=limit, host=host,
        namespace=namespace, token=token, authorities=authorities,
    )  # fmt: skip
    pods = [one["metadata"]["name"] for one in wanted if one["kind"] == "Pod"]
    load = Load(cluster.api(), namespace, pods, token)
    sweep(cluster, namespace)
    try:
        with step(f"Load: {file.stem}{_told(file)}") as now:
            load.start(wanted, authorities)
            load.warm(now.say)
        yield load
    finally:
        sweep(cluster, namespace, run=run_id)


def journaled(
    cluster: ClusterInfo,
    file: Path,
    journal: undo.Journal,
    *,
    limit: float,
    host: str,
    reference: str,
    namespace: str,
    authorities: Authorities | None = None,
) -> AbstractContextManager["Load"]:
    """``running``, in the undo journal for as long as it lasts."""
    names = manifest.objects(file, image="", run_id=journal.run, limit=limit, host="", namespace=namespace)
    load = running(
        cluster, file, run_id=journal.run, limit=limit, host=host, reference=reference, namespace=namespace,
        authorities=authorities,
    )  # fmt: skip
    return journal.effect(undo.objects("load", cluster, names), load)


def _told(file: Path) -> str:
    note = source.read(file).note
    return f" ({note})" if note else ""


def sweep(cluster: ClusterInfo, namespace: str = manifest.NAMESPACE, *, run: str = "") -> None:
    """Remove the load of ``run``, by default every load there, also one whose harness was killed.

    Returns when its pods are gone. The load of a run that has taken the cluster over is not ours to remove.
    """
    api, whose = cluster.api(), f"{SELECTOR},{manifest.RUN}={run}" if run else SELECTOR
    api.delete(_there(api, namespace, whose))  # never by force: what is gone must have stopped sending
    until(lambda: not _there(api, namespace, whose), within=GONE_WITHIN, what="the load's pods are gone")


def _there(api: Api, namespace: str, selector: str) -> list[dict[str, Any]]:
    """What is in the namespace of such loads, as far as deleting it needs."""
    core: Any = api.core
    kinds = (("Pod", core.list_namespaced_pod), ("ConfigMap", core.list_namespaced_config_map))
    return [
        {"apiVersion": "v1", "kind": kind, "metadata": {
            "name": found.metadata.name, "namespace": namespace, "uid": found.metadata.uid}}
        for kind, listed in kinds
        for found in listed(namespace, label_selector=selector).items
    ]  # fmt: skip


def _held(authorities: Authorities, namespace: str) -> dict[str, Any]:
    meta = {"name": authorities.name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": authorities.kind, "metadata": meta}


class Load:
    """A load under way: ``pods`` are the names of its workers, who answer whoever has ``token``."""

    def __init__(self, api: Api, namespace: str, pods: Sequence[str], token: str) -> None:
        self._api, self._namespace = api, namespace
        self._workers = [Worker(api, namespace, name, token) for name in pods]
        self._ended: dict[str, Any] | None = None

    @property
    def workers(self) -> int:
        """How many processes it is made of."""
        return len(self._workers)

    def start(self, wanted: Sequence[dict[str, Any]], authorities: Authorities | None = None) -> None:
        """Raise LoadTrouble when the cluster has no place for loads, or not whom their clients trust."""
        if not self._api.core.list_namespace(field_selector=f"metadata.name={self._namespace}").items:
            raise LoadTrouble(f"no namespace {self._namespace} in this cluster; `slaharness deploy` makes it")
        if authorities and not self._api.there([_held(authorities, self._namespace)]):
            raise LoadTrouble(
                f"no {authorities.kind} {authorities.name} in namespace {self._namespace}, which the load's "
                "clients are to verify the entry by: has whatever makes it run?"
            )
        self._api.apply(wanted)

    def warm(self, say: Callable[[str], None]) -> None:
        """Return when all users are at work and requests end at a steady rate. Raises LoadTrouble."""
        try:
            until(self._look, within=ANSWERS_WITHIN, what="Locust answers", say=say)
            until(
                partial(self._steady, []),
                within=STEADY_WITHIN,
                every=LOOK,
                what="all users are at work and their rate is steady",
                say=say,
            )
        except NotYet as error:
            raise LoadTrouble(f"{error}; Locust said last: {self.log(tail=3) or 'nothing'}") from error

    def state(self) -> dict[str, Any]:
        """How the load is: ``state``, ``users``, ``wanted`` users, ``requests`` ended, ``rate`` a second.

        ``arrivals`` are how many were ``offered``, ``started`` and ``overflowed``. Raises LoadTrouble when
        Locust does not answer, or the profile's own code has failed.
        """
        found = merge.state([worker.state() for worker in self._workers])
        _refuse_errors(found)
        return found

    def stop(self) -> dict[str, Any]:
        """End the load, wait for requests in flight, return the last ``state``. May be called again.

        Raises LoadTrouble when some requests had to be cut off.
        """
        if self._ended is None:
            with ThreadPoolExecutor(len(self._workers)) as pool:
                self._ended = merge.state(list(pool.map(Worker.stop, self._workers)))
        return self._ended

    def ledger(self, into: Path) -> Path:
        """End the load if it has not, and save its ledger (gzip CSV) as ``into``.

        Raises LoadTrouble when it cannot be had, holds other than as many requests as were counted, or (saved
        all the same) when the profile's own code failed: what it sent then may stand nowhere.
        """
        ended = self.stop()
        into.write_bytes(merge.ledger([worker.ledger() for worker in self._workers]))
        held = len(ledger.load(into))
        if held != ended["requests"]:
            raise LoadTrouble(
                f"the ledger holds {counted(held, 'request')}, but {ended['requests']} were counted"
            )
        _refuse_errors(ended)
        return into

    def log(self, *, tail: int | None = None) -> str:
        """What Locust printed; the last ``tail`` lines of each worker. Empty when none ever started."""
        return "\n".join(filter(None, (worker.log(tail=tail) for worker in self._workers)))

    def _look(self) -> dict[str, Any] | None:
        """The state while Locust starts; None when it does not answer now but may yet. Raises LoadTrouble."""
        states = [state for worker in self._workers if (state := worker.starting())]
        if len(states) < len(self._workers):
            return None
        found = merge.state(states)
        _refuse_errors(found)
        return found

    def _steady(self, looks: list[Look]) -> bool:
        """Look once more; whether the last ``LOOKS`` were alike, with all users there."""
        state = self._look()
        if state is None:
            return False
        if state["state"] != "running" or state["users"] < state["wanted"]:
            looks.clear()
            return False
        if not state["arrivals"].get("offered"):
            return bool(
                state["requests"]
            )  # closed-loop users think between requests: there is no rate to hold
        looks.append(Look(state["at"], state["requests"]))
        return steady(looks[-LOOKS:])


def _refuse_errors(state: dict[str, Any]) -> None:
    if state["errors"]:
        raise LoadTrouble(f"the load profile failed {state['errors']} times, first with {state['error']}")


def steady(looks: Sequence[Look]) -> bool:
    """Whether requests ended at about the same rate between all of ``LOOKS`` looks, and at a rate at all."""
    rates = [(b.requests - a.requests) / (b.at - a.at) for a, b in pairwise(looks)]
    if len(looks) < LOOKS:
        return False
    mean = sum(rates) / len(rates)
    return mean > 0 and all(abs(rate - mean) <= TOLERANCE * mean for rate in rates)
