"""How a local cluster is, as data for whoever shows it."""

import time
from dataclasses import dataclass
from pathlib import Path

from slaharness.cluster.local import health, processes, state
from slaharness.cluster.local.layout import Layout, checked
from slaharness.errors import BadInput

PROGRAMS = (
    "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "containerd", "kubelet",
    "kube-proxy", "kube-router",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A program of the cluster itself. ``memory`` is its share (PSS) in bytes."""

    machine: str
    program: str
    pid: int
    memory: int


@dataclass(frozen=True)
class Status:
    """``nodes``: each with why it is not Ready, or "". ``age`` in seconds, None if it was never ready."""

    name: str
    slot: int
    block: str
    server: str
    kubeconfig: Path
    kubernetes: str
    nodes: dict[str, str]
    age: float | None
    parts: tuple[Part, ...]

    @property
    def healthy(self) -> bool:
        """Whether the API server answers and all nodes are Ready."""
        return bool(self.kubernetes) and not any(self.nodes.values())


def status(name: str) -> Status:
    """Look. BadInput when there is no local cluster of that name."""
    saved = saved_plan(name)
    layout = saved.layout
    with health.session(layout) as api:
        version = health.version(api, layout)
        unready = health.unready(api, layout)
    return Status(
        name=name,
        slot=layout.slot,
        block=str(layout.block),
        server=layout.server,
        kubeconfig=layout.kubeconfig,
        kubernetes=version,
        nodes={node.name: unready.get(node.name, "") for node in layout.nodes},
        age=time.time() - saved.made if saved.made else None,
        parts=_parts(layout),
    )


def saved_plan(name: str) -> state.Saved:
    """What is known of the cluster. BadInput lists those there are when there is none of that name."""
    if saved := state.load(checked(name)):
        return saved
    raise BadInput(
        f"no local cluster {name!r}; there are: {', '.join(state.names()) or 'none'}; "
        "make one with `slaharness cluster up`"
    )


def _parts(layout: Layout) -> tuple[Part, ...]:
    """The cluster's own programs, not what runs in its pods."""
    mine = [p for p in processes.find(layout.name) if processes.marked(p.pid, layout.name)]
    return tuple(
        Part(p.part, p.program, p.pid, processes.memory(p.pid)) for p in mine if p.program in PROGRAMS
    )
