"""kubectl: which one, and how it is called. Used for what only it does: Kustomize and server-side apply."""

import json
import shutil
from pathlib import Path
from typing import Any

from slaharness.cluster.local import toolchain
from slaharness.cluster.provider import ClusterInfo, direct
from slaharness.host import command
from slaharness.stack.objects import PART_OF


def program(cluster: ClusterInfo | None = None) -> Path:
    """The pinned kubectl for a local cluster or when none is given, else the user's own if there is one."""
    own = shutil.which("kubectl") if cluster and cluster.provider != "local" else None
    return Path(own) if own else toolchain.ensure()["kubectl"]


def kustomize(folder: Path, cluster: ClusterInfo | None = None) -> str:
    """The manifests of a Kustomize folder, as YAML. Raises CommandFailed."""
    return command.run(
        [program(cluster), "kustomize", folder], purpose=f"rendering the manifests in {folder}", within=60
    )


def apply(cluster: ClusterInfo, manifests: str, *, field_manager: str) -> None:
    """Apply YAML on the server's side, as owner of every field it names. Raises CommandFailed."""
    _apply(cluster, field_manager, "applying the stack", "--filename", "-", stdin=manifests)


def existing(cluster: ClusterInfo, folder: Path) -> list[dict[str, Any]]:
    """Which objects of a Kustomize folder are in the cluster now, as they are there. Raises CommandFailed."""
    said = command.run(
        [*_at(cluster), "get", "--kustomize", folder, "--ignore-not-found", "--output", "json"],
        purpose=f"looking for what {cluster.name} has already", within=60, env=direct(),
    )  # fmt: skip
    found = json.loads(said or "{}")
    return list(found["items"]) if found.get("kind") == "List" else [found] * bool(found)


def define(cluster: ClusterInfo, folder: Path, *, stack: str, field_manager: str) -> None:
    """Apply a Kustomize folder of definitions, and return when the API knows them. Raises CommandFailed."""
    _apply(cluster, field_manager, "applying definitions", "--kustomize", folder)
    command.run(
        [*_at(cluster), "wait", "--for", "condition=Established", "customresourcedefinitions",
         "--selector", f"{PART_OF}={stack}", "--timeout", "60s"],
        purpose=f"waiting for definitions in {cluster.name}", within=90, env=direct(),
    )  # fmt: skip


def _apply(
    cluster: ClusterInfo, field_manager: str, purpose: str, *what: str | Path, stdin: str | None = None
) -> None:
    how = ["--server-side", "--force-conflicts", "--field-manager", field_manager]
    command.run(
        [*_at(cluster), "apply", *how, *what],
        purpose=f"{purpose} to {cluster.name}", within=120, stdin=stdin, env=direct(),
    )  # fmt: skip


def _at(cluster: ClusterInfo) -> list[str | Path]:
    return [program(cluster), "--kubeconfig", cluster.kubeconfig, "--context", cluster.context]
