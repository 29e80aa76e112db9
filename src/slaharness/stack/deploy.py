"""Deploy: what changed is built and loaded, the manifests are applied, and the stack is waited for."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import BatchV1Api
from kubernetes.client.exceptions import ApiException

from slaharness.cluster import kubectl
from slaharness.cluster.api import FIELD_MANAGER, NOT_FOUND, Api
from slaharness.cluster.provider import ClusterInfo, Provider
from slaharness.errors import BadInput
from slaharness.host import wait
from slaharness.host.progress import step
from slaharness.image import Image
from slaharness.model.words import counted
from slaharness.stack import credentials, defaults, definitions, document, images, inventory, ready
from slaharness.stack import manifests as rendered
from slaharness.stack.manifests import CONTENT, Manifests, Object
from slaharness.stack.protocol import Stack

#: Seconds for the stack to become ready: 45 on a free machine, and some for a busy one.
READY_WITHIN = 300.0


@dataclass(frozen=True)
class Deployed:
    """What runs now, and how long it took from the first applied object until all was ready (seconds)."""

    profile: str
    images: tuple[Image, ...]
    namespaces: tuple[str, ...]
    ready_after: float


def build(stack: Stack, folders: Iterable[Path]) -> tuple[Image, ...]:
    """The images that the Kustomize folders name: a guess, while Kustomize itself is being built."""
    return images.make(stack.images(), sorted({name for one in folders for name in rendered.named(one)}))


def deploy(
    cluster: ClusterInfo,
    provider: Provider,
    stack: Stack,
    profile: str = "core",
    *,
    overlay: Path | None = None,
    registry: str = "",
) -> Deployed:
    """Bring the cluster to what the profile says. May be called again: what is as it should be stays.

    ``overlay`` is a Kustomize folder to use instead of the profile's own, as a rule one that changes it.
    With a ``registry`` the images are pushed there, and every reference is rewritten to name them by digest.
    Raises BadInput for an unknown profile, a stack that others deploy, or a known default for a password on a
    cluster of others; StackTrouble when an image cannot be built, a namespace is not ours, or the stack does
    not become ready.
    """
    own = stack.profile(profile)
    if own is None:
        raise BadInput(f"the stack {stack.name} is deployed by others: there is nothing to deploy")
    folder, sources = overlay or own, stack.images()
    built = images.make(
        sources, rendered.render(folder, stack, cluster=cluster).images(), images.platform(cluster)
    )
    there = images.deliver(cluster, provider, built, registry)
    wanted = rendered.render(folder, stack, there, cluster)
    defaults.refuse(cluster, wanted.objects)
    began = time.monotonic()
    api = cluster.api()
    with step(f"Stack: {overlay.name if overlay else profile} on cluster {cluster.name}") as now:
        now.say(f"applying {counted(len(wanted.objects), 'object')}")
        defined = _definitions(cluster, stack, [image.name for image in built])
        installed = inventory.claim(cluster, stack.name, folder.name, [*wanted.objects, *defined])
        wanted = Manifests(credentials.filled(api, map(installed.marked, wanted.objects)))
        _define(cluster, wanted, [installed.marked(body) for body in defined])
        _remove_old_jobs(api, wanted.workloads())
        for part in wanted.parted():
            kubectl.apply(cluster, part.text(), field_manager=FIELD_MANAGER)
            inventory.seen(cluster, installed)
            ready.until_ready(api, part, stack, now, within=READY_WITHIN)
    return Deployed(profile, there, wanted.namespaces(), time.monotonic() - began)


def _definitions(cluster: ClusterInfo, stack: Stack, built: Iterable[str]) -> list[Object]:
    """What the modules of the images say that the cluster must hold for their programs."""
    sources = stack.images()
    folders = definitions.of(sources[name].folder for name in built)
    texts = (kubectl.kustomize(folder, cluster) for folder in folders)
    return [body for text in texts for body in yaml.safe_load_all(text) if body]


def _define(cluster: ClusterInfo, wanted: Manifests, defined: Sequence[Object]) -> None:
    """Objects of a kind that the API does not know yet are applied after its definition."""
    if not defined:
        return
    cluster.api().apply(body for body in wanted.objects if body["kind"] == "Namespace")
    kubectl.apply(cluster, document.dump(defined), field_manager=FIELD_MANAGER)
    if kinds := [one["metadata"]["name"] for one in defined if one["kind"] == "CustomResourceDefinition"]:
        kubectl.established(cluster, kinds)


def _remove_old_jobs(api: Api, workloads: Iterable[Object]) -> None:
    """A Job cannot be changed: one that was made from something else has to go first."""
    for body in workloads:
        if body["kind"] == "Job" and _content(api, body) not in {
            None,
            body["metadata"]["annotations"][CONTENT],
        }:
            api.delete([body])
            name = body["metadata"]["name"]
            wait.until(partial(_absent, api, body), within=60, what=f"the old job {name} is gone")


def _absent(api: Api, body: Object) -> bool:
    return _content(api, body) is None


def _content(api: Api, body: Object) -> str | None:
    """The mark of the Job in the cluster, "" for one without, None when there is none."""
    meta = body["metadata"]
    try:
        found: Any = BatchV1Api(api.client).read_namespaced_job(meta["name"], meta["namespace"])
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise
        return None
    return str((found.metadata.annotations or {}).get(CONTENT, ""))
