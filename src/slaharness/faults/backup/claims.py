"""What a StatefulSet keeps its data on: claims, their volumes, and where those are on a disk of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaoslib.exceptions import ActivityFailed
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from slaharness.chaos.client import NOT_FOUND
from slaharness.cluster.local import layout


@dataclass(frozen=True)
class Kept:
    """What a StatefulSet keeps its data on, as it was: claims and volumes by name with their uids.

    ``directories`` are those of the volumes that can be seen from here: of clusters on this machine.
    """

    claims: Mapping[str, str]
    volumes: Mapping[str, str]
    directories: tuple[str, ...]

    def left(self, api: "client.CoreV1Api", namespace: str) -> list[str]:
        """What of it is still there, in words."""
        now = there(api, namespace)
        return [
            *(f"claim {name}" for name, uid in self.claims.items() if now.get(name) == uid),
            *(f"volume {name}" for name, uid in self.volumes.items() if _volume(api, name) == uid),
            *(f"directory {path}" for path in self.directories if Path(path).exists()),
        ]

    def disks(self) -> list[Path]:
        """Where nodes have those directories, and maybe others."""
        return sorted({Path(path).parent for path in self.directories})


def there(api: "client.CoreV1Api", namespace: str) -> dict[str, str]:
    """The claims of a namespace by name, with their uids."""
    found: Any = api.list_namespaced_persistent_volume_claim(namespace)
    return {one.metadata.name: one.metadata.uid for one in found.items}


def of(api: "client.CoreV1Api", namespace: str, statefulset: Any) -> list[str]:
    """Names of its claims: template, StatefulSet, ordinal."""
    templates = statefulset.spec.volume_claim_templates or ()
    stems = [f"{one.metadata.name}-{statefulset.metadata.name}-" for one in templates]
    now = there(api, namespace)
    return [one for one in now for stem in stems if one.removeprefix(stem).isdigit()]


def kept(api: "client.CoreV1Api", namespace: str, names: Sequence[str]) -> Kept:
    """What these claims stand for. Raises ActivityFailed when there are none."""
    bound: list[Any] = [api.read_namespaced_persistent_volume_claim(one, namespace) for one in names]
    volumes: list[Any] = [api.read_persistent_volume(one.spec.volume_name) for one in bound]
    if not bound:
        raise ActivityFailed(
            f"the pods that were meant in {namespace} have no claims: there is nothing to lose"
        )
    return Kept(
        {one.metadata.name: one.metadata.uid for one in bound},
        {one.metadata.name: one.metadata.uid for one in volumes},
        tuple(str(path) for one in volumes for path in _directories(one)),
    )


def wiped(disk: Path) -> bool:
    """Take the disk of a node's volumes away, unless somebody else has one on it; the next gets a new one."""
    try:
        disk.rmdir()
    except OSError:
        return False
    return True


def _directories(volume: Any) -> list[Path]:
    """Where the volume is on this machine's disk: a node's /var is its folder in the cluster's."""
    source = volume.spec.local or volume.spec.host_path
    return list(layout.FOLDER.glob(f"*/*{source.path.removeprefix('/var')}")) if source else []


def _volume(api: "client.CoreV1Api", name: str) -> str | None:
    try:
        found: Any = api.read_persistent_volume(name)
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
        return None
    return str(found.metadata.uid)
