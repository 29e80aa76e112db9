"""The cluster's cables: a bridge in the control machine's namespace, a veth to each node, one to the host.

All but the host's end lives in namespaces of ours and goes with them. Nothing leaks: no machine has a default
route, and the host refuses whatever part of the block it does not route to the bridge.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyroute2 import IPRoute

from slaharness.cluster.local import layout as plan
from slaharness.cluster.local.layout import Layout, Node
from slaharness.cluster.local.machine import Machine

BRIDGE, UPLINK, NIC = "br0", "uplink", "eth0"
#: A hardware address for everyone on the bridge, so that no address resolution meets a recycled one.
SYSCTLS = {"net/ipv4/ip_forward": "1", "net/ipv4/conf/all/route_localnet": "1"}


@contextmanager
def _inside(machine: Machine | None) -> Iterator[Any]:
    """A netlink socket in the machine's namespace, or in the host's."""
    with IPRoute(netns=machine.network) if machine else IPRoute() as link:
        yield link


def lay_bridge(layout: Layout, control: Machine) -> None:
    """The bridge with the control machine's address, and the way to every node's pods."""
    with _inside(control) as net:
        _up(net, "lo")
        net.link("add", ifname=BRIDGE, kind="bridge")
        _address(net, BRIDGE, layout.control)
        _up(net, BRIDGE)
        for node in layout.nodes:
            net.route("add", dst=str(node.pods), gateway=str(node.address), oif=_index(net, BRIDGE))


def plug_host(layout: Layout, control: Machine) -> None:
    """The cable to the host, and the host's routes. All of them carry the cluster's tag."""
    name, tag = plan.host_link(layout.name), plan.tag(layout.name)
    with _inside(None) as host:
        host.route("add", dst=str(layout.block), type="unreachable", priority=tag)
        host.link("add", ifname=name, kind="veth", peer={"ifname": UPLINK, "net_ns_pid": control.pid})
        _address(host, name, layout.host)
        _up(host, name)
        for node in layout.nodes:
            host.route("add", dst=str(node.pods), gateway=str(node.address), priority=tag)
    _onto_bridge(control, UPLINK)


def plug_node(layout: Layout, control: Machine, machine: Machine, node: Node) -> None:
    """The cable from the bridge to a node, and the node's routes to the others' pods."""
    with _inside(control) as net:
        net.link("add", ifname=node.name, kind="veth", peer={"ifname": NIC, "net_ns_pid": machine.pid})
    _onto_bridge(control, node.name)
    with _inside(machine) as net:
        _up(net, "lo")
        _address(net, NIC, node.address)
        _up(net, NIC)
        net.route("add", dst=str(layout.block), gateway=str(layout.control))
        for other in layout.nodes:
            if other != node:
                net.route("add", dst=str(other.pods), gateway=str(other.address))


def _onto_bridge(control: Machine, name: str) -> None:
    with _inside(control) as net:
        net.link("set", index=_index(net, name), master=_index(net, BRIDGE), state="up")


def _index(net: Any, name: str) -> int:
    return int(net.link_lookup(ifname=name)[0])


def _up(net: Any, name: str) -> None:
    net.link("set", index=_index(net, name), state="up")


def _address(net: Any, name: str, address: object) -> None:
    net.addr("add", index=_index(net, name), address=str(address), prefixlen=24)
