"""A profile on a cluster of its own, from Ready nodes until the stack is: in what time and memory."""

import time
from functools import partial
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from slaharness.cluster.local.prepare import prepare
from slaharness.cluster.local.provider import Local
from slaharness.cluster.provider import ClusterInfo
from slaharness.load import locust
from slaharness.settings import read as settings
from slaharness.stack import deploy, images


class Steady(NamedTuple):
    """Seconds from Ready nodes, of these from the first manifest applied, and GiB that pods then work in."""

    took: float
    from_apply: float
    memory: float


def steady(name: str, profile: str) -> Steady:
    """Make the cluster ``name``, deploy the profile, and remove it all. Images come from the cache."""
    stack = settings.here().stack
    prepare(yes=True, also=(partial(deploy.build, stack, [stack.profile(profile)]), locust.image))
    provider = Local(name)
    try:
        cluster = provider.up()
        began = time.monotonic()
        images.deliver(cluster, provider, [locust.image()])
        deployed = deploy.deploy(cluster, provider, stack, profile)
        return Steady(time.monotonic() - began, deployed.ready_after, _memory(cluster))
    finally:
        provider.down()


def _memory(cluster: ClusterInfo) -> float:
    """As each kubelet says it: what could not be given back."""
    core, summed = cluster.api().core, 0.0
    for node in core.list_node().items:
        answer = core.connect_get_node_proxy_with_path(
            node.metadata.name, "metrics/resource", _preload_content=False
        )
        for family in text_string_to_metric_families(answer.data.decode()):
            if family.name == "pod_memory_working_set_bytes":
                summed += sum(sample.value for sample in family.samples)
    return summed / 2**30
