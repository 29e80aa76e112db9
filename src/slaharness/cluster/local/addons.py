"""Puts names, volumes and the way to its own figures into a new cluster, as ``addons.yaml`` says."""

import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

import yaml

from slaharness.cluster.api import Api
from slaharness.cluster.local.layout import Layout


def install(layout: Layout, references: Mapping[str, str]) -> None:
    """Apply them; their pods start when the infra node is there."""
    Api(layout.kubeconfig, layout.context).apply(manifests(layout, references))


def manifests(layout: Layout, references: Mapping[str, str]) -> list[dict[str, Any]]:
    """``references`` names the images ``coredns``, ``provisioner`` and ``helper``."""
    text = files(__package__).joinpath("addons.yaml").read_text()
    kubelets = json.dumps([{"addresses": [str(node.address)]} for node in layout.nodes])
    filled = Template(text).substitute(references, dns=layout.dns, control=layout.control, kubelets=kubelets)
    return list(yaml.safe_load_all(filled))
