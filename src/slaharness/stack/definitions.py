"""What an image's Go module says that a cluster must hold for its programs: definitions, roles, services.

An image's folder may hold ``cluster/kustomization.yaml``. Its resources under ``modules/`` are files and
Kustomize folders of the modules that the image's go.mod pins, so that nothing of them is copied into the
project, and a program never meets definitions of another version.
"""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from slaharness.errors import BadInput
from slaharness.host import cache, golang, paths
from slaharness.image import context

#: Where ``cluster/kustomization.yaml`` finds the modules.
MODULES = "modules"


def of(folders: Iterable[Path]) -> list[Path]:
    """Kustomize folders to apply before pods of the images in ``folders`` can run, laid out in the cache.

    Raises HostTrouble when a module cannot be fetched, BadInput for a resource that none of them has.
    """
    return [_laid_out(folder) for folder in folders if (folder / "cluster" / "kustomization.yaml").is_file()]


def _laid_out(image: Path) -> Path:
    ours = [*context.files(image / "cluster"), image / "go.mod", image / "go.sum"]
    key = hashlib.sha256(b"".join(file.read_bytes() for file in ours)).hexdigest()[:12]
    return cache.entry(paths.CACHE / "definitions" / f"{image.name}-{key}", lambda into: _fill(image, into))


def _fill(image: Path, scratch: Path) -> Path:
    folder = scratch / "cluster"
    shutil.copytree(image / "cluster", folder)
    modules = golang.sources(image)
    for resource in _from_modules(folder / "kustomization.yaml"):
        _copy(_found(resource, modules), folder / MODULES / resource)
    return folder


def _from_modules(file: Path) -> Iterator[str]:
    for resource in yaml.safe_load(file.read_text()).get("resources", ()):
        if resource.startswith(f"{MODULES}/"):
            yield resource.removeprefix(f"{MODULES}/")


def _found(resource: str, modules: dict[str, Path]) -> Path:
    for path, folder in modules.items():
        if resource.startswith(f"{path}/") and (found := folder / resource.removeprefix(f"{path}/")).exists():
            return found
    near = [path for path in modules if resource.startswith(f"{path}/")]
    where = near[-1] if near else f"any of the {len(modules)} modules"
    raise BadInput(f"{MODULES}/{resource}: no such file in {where} that go.mod's tools are made of")


def _copy(source: Path, target: Path) -> None:
    """Contents alone: Go keeps its modules read-only, and nobody could delete such a copy."""
    files = context.files(source)
    for file in files:
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
