"""A profile's manifests as objects: the images they name, the workloads they make, with tags filled in."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from slaharness.cluster import kubectl
from slaharness.cluster.provider import ClusterInfo
from slaharness.errors import BadInput
from slaharness.host import scratch
from slaharness.image import Image
from slaharness.stack import document
from slaharness.stack.objects import PART_OF, PROFILE, STACK
from slaharness.stack.protocol import Stack

#: Every image we build is called so.
PREFIX = "localhost/slaharness/"
NAMED = re.compile(rf"{PREFIX}([a-z0-9-]+)")
#: On Jobs, whose template cannot be changed: whether the one in the cluster is still the one wanted.
CONTENT = "slaharness.dev/content"
#: On a namespace that faults may touch.
ALLOW = {"slaharness.dev/faults": "allowed"}
WORKLOADS = ("Deployment", "StatefulSet", "Job")
#: Looks at what the stack says of itself; finding nobody, it would try again later and later.
SCALER = "ScaledObject"

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Manifests:
    """Every object of a stack, in the order in which to apply them."""

    objects: tuple[Object, ...]

    def workloads(self) -> list[Object]:
        """Deployments, StatefulSets and Jobs: what makes pods."""
        return [body for body in self.objects if body["kind"] in WORKLOADS]

    def parted(self) -> "Iterator[Manifests]":
        """What is to be there first, then what scales it, as far as there is any."""
        for scales in (False, True):
            if part := tuple(body for body in self.objects if (body["kind"] == SCALER) is scales):
                yield Manifests(part)

    def namespaces(self) -> tuple[str, ...]:
        return tuple(body["metadata"]["name"] for body in self.objects if body["kind"] == "Namespace")

    def images(self) -> tuple[str, ...]:
        """Names, without prefix and tag, of the images of ours that the pods run."""
        used = {name for body in self.workloads() for name in _images(body)}
        return tuple(
            sorted(name.removeprefix(PREFIX).split(":")[0] for name in used if name.startswith(PREFIX))
        )

    def text(self) -> str:
        return document.dump(self.objects)


def folder_of(profiles: Path, profile: str) -> Path:
    """The Kustomize folder of a profile among ``profiles``. Raises BadInput, naming those there are."""
    folder = profiles / profile
    if not (folder / "kustomization.yaml").is_file():
        known = (
            ", ".join(sorted(path.parent.name for path in profiles.glob("*/kustomization.yaml"))) or "none"
        )
        raise BadInput(f"no profile {profile!r} of the stack in {profiles}: there is {known}")
    return folder


def named(folder: Path) -> set[str]:
    """Names of the images of ours in a Kustomize folder's text and that of all it takes in."""
    content = (folder / "kustomization.yaml").read_text()
    found = set(NAMED.findall(content))
    taken = yaml.safe_load(content) or {}
    for path in (folder / one for kind in ("resources", "components") for one in taken.get(kind, ())):
        found |= named(path) if path.is_dir() else set(NAMED.findall(path.read_text()))
    return found


def render(
    folder: Path, stack: Stack, images: Iterable[Image] = (), cluster: ClusterInfo | None = None
) -> Manifests:
    """The objects of a Kustomize folder, labelled as the stack's, with ``images`` named by reference.

    The stack's namespaces and the load's are among them, also where the folder takes them for granted.
    Nothing in the folder changes: names are set by an overlay in a temporary one. Raises CommandFailed.
    """
    with scratch.folder() as made:
        overlay = made.resolve()
        _write_overlay(overlay, folder.resolve(), images)
        objects = [body for body in yaml.safe_load_all(kubectl.kustomize(overlay, cluster)) if body]
    objects = [*_spaces(objects, stack), *objects]
    return Manifests(tuple(_marked(_owned(body, stack.name), folder.name) for body in objects))


def _write_overlay(overlay: Path, folder: Path, images: Iterable[Image]) -> None:
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        # Kustomize takes no absolute path; namespaces come first.
        "sortOptions": {"order": "legacy"},
        "resources": [os.path.relpath(folder, overlay)],
        "images": [{"name": PREFIX + image.name, **_reference(image)} for image in images],
    }
    (overlay / "kustomization.yaml").write_text(document.dump([content]))


def _reference(image: Image) -> dict[str, str]:
    """In Kustomize's terms: where a registry has it, by digest; else by the tag that was built."""
    name, by_digest, digest = image.reference.partition("@")
    if by_digest:
        return {"newName": name, "digest": digest}
    return {"newTag": name.rpartition(":")[2]}


def _spaces(objects: Iterable[Object], stack: Stack) -> Iterator[dict[str, Any]]:
    """The namespaces that are needed and that none of the objects is; faults may strike the stack's own."""
    made = {one["metadata"]["name"] for one in objects if one["kind"] == "Namespace"}
    used = {one["metadata"].get("namespace") for one in objects}
    for name in dict.fromkeys((*stack.namespaces, stack.load_namespace)):
        if name not in made and (name in used or name == stack.load_namespace):
            labels = {} if name == stack.load_namespace else ALLOW
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def _owned(body: dict[str, Any], stack: str) -> dict[str, Any]:
    """With the labels by which what is the stack's is known, on the pods of its workloads too."""
    labels = {PART_OF: stack, **({STACK: stack} if body["kind"] == "Namespace" else {})}
    owners = [body, body["spec"]["template"]] if body["kind"] in WORKLOADS else [body]
    for owner in owners:
        meta = owner.setdefault("metadata", {})
        meta["labels"] = {**(meta.get("labels") or {}), **labels}
    return body


def _marked(body: dict[str, Any], profile: str) -> Object:
    """With what only an annotation can tell of it later."""
    marks = {}
    if body["kind"] == "Namespace":
        marks[PROFILE] = profile
    if body["kind"] == "Job":
        marks[CONTENT] = hashlib.sha256(json.dumps(body["spec"], sort_keys=True).encode()).hexdigest()[:12]
    if marks:
        body["metadata"].setdefault("annotations", {}).update(marks)
    return body


def _images(body: Object) -> Iterator[str]:
    pod = body["spec"]["template"]["spec"]
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        yield container["image"]
