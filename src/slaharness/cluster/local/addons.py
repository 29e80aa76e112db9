"""Puts names and volumes into a new cluster: CoreDNS and local-path-provisioner, as ``addons.yaml`` says."""

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
    return list(yaml.safe_load_all(Template(text).substitute(references, dns=layout.dns)))
