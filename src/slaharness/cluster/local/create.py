"""How a cluster is made: control plane, images and nodes start side by side, and meet at the API server."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from slaharness.cluster.local import (
    addons,
    containerd,
    control_plane,
    health,
    network,
    node,
    processes,
    store,
    toolchain,
)
from slaharness.cluster.local.control_plane import Trust
from slaharness.cluster.local.layout import Layout, Node
from slaharness.cluster.local.machine import Machine, Program
from slaharness.cluster.local.parts import Ingredients, gather
from slaharness.errors import ClusterTrouble, NotYet
from slaharness.host.progress import Step
from slaharness.host.wait import until

#: Seconds. A machine thirty times overloaded was seen to need a third of that.
API_WITHIN, NODES_WITHIN, LISTENS_WITHIN = 180, 180, 90
EVERY = 0.05


@dataclass(frozen=True)
class _Stock:
    """The images of the cluster's own pods, and the store that nodes start from."""

    ingredients: Ingredients
    store: Path


@dataclass(frozen=True)
class _Parts:
    """What the nodes are made with."""

    layout: Layout
    tools: Mapping[str, Path]
    trust: Trust
    stock: Future[_Stock]
    control: Machine


def make(layout: Layout, now: Step) -> None:
    """Everything from nothing; returns when all nodes are Ready."""
    now.say("programs")
    tools = toolchain.ensure()
    now.say("certificates")
    trust = _lay_out(layout)
    now.say("starting control plane and nodes")
    with _side_by_side(layout) as pool:
        stock = pool.submit(_stock, layout)
        control, programs = _control(layout, tools)
        parts = _Parts(layout, tools, trust, stock, control)
        boots = {one: pool.submit(_boot, parts, one) for one in layout.nodes}
        _await_api(layout, programs, health.serving, "the API server serves")
        added = pool.submit(addons.install, layout, stock.result().ingredients.references)
        joins = [pool.submit(_join, one, boot) for one, boot in boots.items()]
        _await_api(layout, programs, health.ready, "the API server is ready")
        programs += control_plane.start_controllers(layout, control, tools)
        nets = [pool.submit(_network, layout, one, boot) for one, boot in boots.items()]
        programs += [join.result() for join in joins]
        programs += [net.result() for net in nets]
        now.say("waiting until the nodes are Ready")
        _await_nodes(layout, programs)
        for one, boot in boots.items():
            node.start_policies(layout, one, boot.result())
        added.result()


def _stock(layout: Layout) -> _Stock:
    ingredients = gather()
    return _Stock(ingredients, store_of(layout, ingredients))


def store_of(layout: Layout, ingredients: Ingredients) -> Path:
    """The store with the addons' images and those that were loaded last."""
    archives = [*ingredients.archives, *store.remembered()]
    return store.ensure(layout, archives, ingredients.pause)


@contextmanager
def _side_by_side(layout: Layout) -> Iterator[ThreadPoolExecutor]:
    """Threads that have all ended after the body; when it fails, what they wait for is killed first."""
    pool = ThreadPoolExecutor(len(layout.nodes) + 2)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        processes.kill(processes.find(layout.name))
        raise
    finally:
        pool.shutdown()


def _lay_out(layout: Layout) -> Trust:
    layout.logs.mkdir(parents=True)
    trust = Trust(layout)
    trust.write()
    return trust


def _control(layout: Layout, tools: Mapping[str, Path]) -> tuple[Machine, list[Program]]:
    control = control_plane.start_machine(layout, tools)
    network.lay_bridge(layout, control)
    network.plug_host(layout, control)
    etcd = control_plane.start_etcd(layout, control)
    return control, [etcd, control_plane.start_api(layout, control, tools)]


def _boot(parts: _Parts, one: Node) -> Machine:
    stock = parts.stock.result()
    node.furnish(parts.layout, one, parts.trust, stock.ingredients.pause, stock.store)
    machine = node.boot(parts.layout, one, parts.control, parts.tools, stock.store)
    runtime = containerd.start(machine)
    until(
        lambda: runtime.running() and one.containerd_socket.exists(),
        within=LISTENS_WITHIN,
        every=EVERY,
        what=f"containerd of {one.name} listens",
    )
    return machine


def _join(one: Node, boot: Future[Machine]) -> Program:
    return node.start_kubelet(one, boot.result())


def _network(layout: Layout, one: Node, boot: Future[Machine]) -> Program:
    """What rests on roles that the API server makes last."""
    return node.start_proxy(layout, one, boot.result())


def _await_api(
    layout: Layout,
    programs: Sequence[Program],
    state: Callable[[requests.Session, Layout], bool],
    what: str,
) -> None:
    with health.session(layout) as api:
        until(lambda: _run(programs) and state(api, layout), within=API_WITHIN, every=EVERY, what=what)


def _await_nodes(layout: Layout, programs: Sequence[Program]) -> None:
    """Raise ClusterTrouble with what the nodes say when they do not become Ready."""
    with health.session(layout) as api:
        try:
            until(
                lambda: _run(programs) and not health.unready(api, layout),
                within=NODES_WITHIN,
                every=EVERY,
                what="every node is Ready",
            )
        except NotYet as error:
            said = "; ".join(f"{name}: {why}" for name, why in health.unready(api, layout).items())
            raise ClusterTrouble(f"cluster {layout.name!r}: {error}: {said}") from error


def _run(programs: Sequence[Program]) -> bool:
    return all(program.running() for program in programs)
