"""How a cluster is made: control plane and nodes start side by side, and meet when the API server answers."""

from concurrent.futures import Future, ThreadPoolExecutor

from slaharness.cluster.local import addons, containerd, control_plane, health, network, node
from slaharness.cluster.local.control_plane import PART, Trust
from slaharness.cluster.local.ingredients import Ingredients, gather
from slaharness.cluster.local.layout import Layout, Node
from slaharness.cluster.local.machine import Machine, switch_on
from slaharness.progress import Step
from slaharness.wait import until

#: Seconds. A machine thirty times overloaded was seen to need a third of that.
API_WITHIN, NODES_WITHIN, SOCKET_WITHIN = 180, 180, 90
EVERY = 0.05


def make(layout: Layout, now: Step) -> None:
    """Everything from nothing; returns when all nodes are Ready."""
    ingredients = gather()
    now.say("certificates")
    trust = _lay_out(layout)
    now.say("starting the control plane and the nodes")
    control = _control(layout, ingredients)
    with ThreadPoolExecutor(len(layout.nodes) + 1) as pool:
        boots = {n: pool.submit(_boot, layout, n, control, trust, ingredients) for n in layout.nodes}
        _await_api(layout)
        control_plane.start_controllers(layout, control, ingredients.tools)
        rest = [pool.submit(_join, layout, n, machine) for n, machine in boots.items()]
        rest.append(pool.submit(addons.install, layout, ingredients.references))
        for each in rest:
            each.result()
    now.say("waiting until the nodes are Ready")
    _await_nodes(layout)


def _lay_out(layout: Layout) -> Trust:
    layout.logs.mkdir(parents=True)
    trust = Trust(layout)
    trust.write()
    return trust


def _control(layout: Layout, ingredients: Ingredients) -> Machine:
    control = switch_on(layout.name, PART, layout.logs, binds={}, sysctls=network.SYSCTLS)
    network.lay_bridge(layout, control)
    network.plug_host(layout, control)
    control_plane.start_etcd(layout, control)
    control_plane.start_api(layout, control, ingredients.tools)
    return control


def _boot(layout: Layout, one: Node, control: Machine, trust: Trust, ingredients: Ingredients) -> Machine:
    node.furnish(layout, one, trust, ingredients.pause)
    machine = node.boot(layout, one, control, ingredients.tools)
    until(
        one.containerd_socket.exists,
        within=SOCKET_WITHIN,
        every=EVERY,
        what=f"containerd of {one.name} listens",
    )
    for image in ingredients.archives:
        containerd.import_image(one, image)
    return machine


def _join(layout: Layout, one: Node, booted: Future[Machine]) -> None:
    node.join(layout, one, booted.result())


def _await_api(layout: Layout) -> None:
    with health.session(layout) as api:
        until(
            lambda: health.serving(api, layout),
            within=API_WITHIN,
            every=EVERY,
            what="the API server is ready",
        )


def _await_nodes(layout: Layout) -> None:
    with health.session(layout) as api:
        until(
            lambda: health.all_ready(api, layout),
            within=NODES_WITHIN,
            every=EVERY,
            what="every node is Ready",
        )
