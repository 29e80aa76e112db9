"""The images that a cluster itself needs: a static program each, from the toolchain or a package."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from slaharness.errors import HostTrouble
from slaharness.host.threads import Threads
from slaharness.image import Image, build

HERE = Path(__file__).parent / "images"
PAUSE, COREDNS, PROVISIONER, BUSYBOX = "pause", "coredns", "local-path-provisioner", "busybox"


def ensure(tools: Mapping[str, Path]) -> Mapping[str, Image]:
    """Every image by its name, built first if need be.

    ``pause`` is the sandbox image of containerd; ``busybox`` has the shell for the provisioner's helper pod.
    Raises HostTrouble when a package that brings a program is missing, StackTrouble when a build fails.
    """
    programs = {
        PAUSE: {"catatonit": _packaged("catatonit", "catatonit")},
        COREDNS: {"coredns": tools["coredns"]},
        PROVISIONER: {"local-path-provisioner": tools["local-path-provisioner"]},
        BUSYBOX: {"busybox": _packaged("busybox", "busybox-static")},
    }
    with Threads(len(programs)) as pool:
        made = pool.map(lambda name: build(name, HERE / name, extra=programs[name]), programs)
        return dict(zip(programs, made, strict=True))


def _packaged(program: str, package: str) -> Path:
    if found := shutil.which(program):
        return Path(found)
    raise HostTrouble(f"{program} is not installed: apt-get install {package}")
