"""The programs of a cluster that no distribution has: from the cache, the release site, or the Go compiler.

Three modules of pins under ``go/``, each with its own entry in the cache; they are made side by side.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from slaharness.cluster.local import release
from slaharness.errors import BadInput, HostTrouble
from slaharness.host import cache, golang, paths
from slaharness.host.progress import step
from slaharness.host.threads import Threads

GO = Path(__file__).parent / "go"


@dataclass(frozen=True)
class Module:
    """A folder with go.mod and go.sum, and the programs that its ``tool`` lines name."""

    name: str
    pin: str
    programs: tuple[str, ...]
    #: Variables that the linker sets to the pinned version; ``{v}``, ``{major}``, ``{minor}`` are filled in.
    stamps: tuple[str, ...] = ()
    published: bool = False

    @property
    def source(self) -> Path:
        return GO / self.name

    @property
    def version(self) -> str:
        """Of the module's main pin, like ``v1.34.4``."""
        found = re.search(rf"{re.escape(self.pin)} (v\S+)", (self.source / "go.mod").read_text())
        if found is None:
            raise HostTrouble(f"{self.source}/go.mod does not pin {self.pin}: the installation is damaged")
        return found[1]

    @property
    def folder(self) -> Path:
        """Where its programs are or will be, by the pins that decide them."""
        digest = hashlib.sha256()
        for file in sorted(path for path in self.source.rglob("*") if path.is_file()):
            digest.update(file.name.encode() + file.read_bytes())
        return paths.CACHE / "tools" / f"{self.name}-{digest.hexdigest()[:12]}"


KUBERNETES = Module(
    "kubernetes",
    pin="k8s.io/kubernetes",
    programs=(
        "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl",
    ),
    stamps=(
        "k8s.io/component-base/version.gitVersion={v}",
        "k8s.io/component-base/version.gitMajor={major}",
        "k8s.io/component-base/version.gitMinor={minor}",
    ),
    published=True,
)  # fmt: skip
ADDONS = Module("addons", pin="github.com/coredns/coredns", programs=("coredns", "local-path-provisioner"))
NETWORK = Module("network", pin="github.com/cloudnativelabs/kube-router/v2", programs=("kube-router",))
MODULES = (KUBERNETES, ADDONS, NETWORK)


def ensure() -> Mapping[str, Path]:
    """Every program by its name, made first if need be.

    ``SLAHARNESS_TOOLCHAIN`` is ``auto`` (the release site where it answers, else a build), ``download`` or
    ``build``; the addons are published nowhere, so they are always built. Raises HostTrouble with what to do.
    """
    way = _way()
    with Threads(len(MODULES)) as pool:
        list(
            pool.map(lambda module: cache.entry(module.folder, lambda scratch: way(module, scratch)), MODULES)
        )
    return {program: module.folder / program for module in MODULES for program in module.programs}


def cached() -> bool:
    """Whether ``ensure`` would have nothing to do."""
    return all(module.folder.exists() for module in MODULES)


def _way() -> Callable[[Module, Path], Path]:
    ways = {"auto": _download_or_build, "download": _download, "build": _build}
    wanted = os.environ.get("SLAHARNESS_TOOLCHAIN") or "auto"
    if wanted not in ways:
        raise BadInput(f"SLAHARNESS_TOOLCHAIN={wanted}: there are {', '.join(ways)}")
    return ways[wanted]


def _download_or_build(module: Module, scratch: Path) -> Path:
    """Only a site without the release sends us to the compiler; a wrong checksum is not passed over."""
    try:
        return _download(module, scratch)
    except release.Unpublished:
        return _build(module, scratch)


def _download(module: Module, scratch: Path) -> Path:
    if not module.published:
        return _build(module, scratch)
    with step(f"Downloading {module.name} {module.version}") as now:
        folder = _bin(scratch)
        for program in module.programs:
            now.say(program)
            release.fetch(module.version, program, folder)
    return folder


def _build(module: Module, scratch: Path) -> Path:
    with step(f"Building {module.name} {module.version}") as now:
        now.say("some minutes when nothing of it was built before")
        folder = _bin(scratch)
        golang.install_tools(module.source, folder, _stamps(module))
        _check(module, folder)
    return folder


def _bin(scratch: Path) -> Path:
    folder = scratch / "bin"
    folder.mkdir(exist_ok=True)
    return folder


def _stamps(module: Module) -> list[str]:
    major, minor, *_ = module.version.removeprefix("v").split(".")
    return [stamp.format(v=module.version, major=major, minor=minor) for stamp in module.stamps]


def _check(module: Module, folder: Path) -> None:
    if missing := [program for program in module.programs if not (folder / program).is_file()]:
        raise HostTrouble(
            f"building {module.source} gave no {', '.join(missing)}: its go.mod lacks their tool lines"
        )
