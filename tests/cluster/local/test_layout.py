"""Addresses and names of clusters never meet."""

import itertools
from ipaddress import IPv4Network

import pytest

from slaharness.cluster.local import layout as plan
from slaharness.cluster.local.layout import Layout
from slaharness.errors import BadInput


def test_every_slot_stays_in_the_benchmarking_range_and_apart_from_the_others():
    """Eight clusters may run at once, and none of them can meet anybody's network."""
    blocks = [Layout("a", slot, 3).block for slot in range(8)]
    assert all(block.subnet_of(IPv4Network("198.18.0.0/15")) for block in blocks)
    assert not any(one.overlaps(two) for one, two in itertools.combinations(blocks, 2))


def test_the_parts_of_a_block_do_not_overlap():
    """Nodes, pods and services of one cluster have addresses of their own, also in the largest one."""
    layout = Layout("a", 7, plan.MOST_NODES - 1)
    parts = [layout.machines, layout.services, *(node.pods for node in layout.nodes)]
    assert all(part.subnet_of(layout.block) for part in parts)
    assert not any(one.overlaps(two) for one, two in itertools.combinations(parts, 2))
    assert layout.control in layout.machines
    assert layout.dns in layout.services


def test_one_node_is_kept_from_faults():
    """There is one infra node besides the workers asked for."""
    assert [(node.name, node.role) for node in Layout("a", 0, 2).nodes] == [
        ("n0", "infra"), ("n1", "worker"), ("n2", "worker"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "A", "a-b", "a/b", "..", "1a", "a" * 21])
def test_a_name_that_cannot_be_a_folder_a_cgroup_and_a_context_is_refused(name):
    """The error says what a name may be."""
    with pytest.raises(BadInput, match="lower-case"):
        plan.checked(name)


@pytest.mark.parametrize("workers", [0, -1, 16])
def test_an_impossible_number_of_nodes_is_refused(workers):
    """The error says how many there may be."""
    with pytest.raises(BadInput, match="1 to 15"):
        Layout("a", 0, workers)


def test_the_host_link_fits_the_kernel():
    """Interface names are at most 15 characters, however long the cluster's is; and differ."""
    links = {plan.host_link("a" * length) for length in range(1, 21)}
    assert len(links) == 20
    assert all(len(link) <= 15 for link in links)
