"""kubectl: which one, and how it is called. Used for what only it does: Kustomize and server-side apply."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from slaharness.cluster.local import toolchain
from slaharness.cluster.provider import ClusterInfo, direct
from slaharness.host import command


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
    how = ["--server-side", "--force-conflicts", "--field-manager", field_manager]
    command.run(
        [*_at(cluster), "apply", *how, "--filename", "-"],
        purpose=f"applying the stack to {cluster.name}", within=120, stdin=manifests, env=direct(),
    )  # fmt: skip


def established(cluster: ClusterInfo, names: Sequence[str]) -> None:
    """Return when the API knows the definitions of these names. Raises CommandFailed."""
    command.run(
        [*_at(cluster), "wait", "--for", "condition=Established", "--timeout", "60s",
         *(f"customresourcedefinition/{name}" for name in names)],
        purpose=f"waiting for definitions in {cluster.name}", within=90, env=direct(),
    )  # fmt: skip


def _at(cluster: ClusterInfo) -> list[str | Path]:
    return [program(cluster), "--kubeconfig", cluster.kubeconfig, "--context", cluster.context]
