"""Everything that must be on the machine before a cluster can start, made side by side.

Packages, Kubernetes and its addons, the base image, the addons' images: each from the cache where it is
there, so that a second call starts no program.
"""

from collections.abc import Callable, Sequence

from slaharness import image
from slaharness.cluster.local import addon_images, doctor, packages, toolchain
from slaharness.host.threads import Threads


def prepare(*, yes: bool = False, also: Sequence[Callable[[], object]] = ()) -> None:
    """Make what is missing. ``yes`` allows installing packages without asking.

    ``also`` is called beside the rest as soon as the packages are there: images of the stack, which would
    otherwise wait for the compiler. What one of them raises is raised here.
    Raises HostTrouble with what to do when the machine lacks something that cannot be made, or when missing
    packages may not be installed; nothing has been started then.
    """
    doctor.require()
    lacking = packages.missing()
    if lacking:
        packages.agree(lacking, yes=yes)
    if first := [package for package in lacking if package.first]:
        packages.install(first)
    with Threads() as pool:
        tools = pool.submit(toolchain.ensure)
        if rest := [package for package in lacking if not package.first]:
            packages.install(rest)
        others = [pool.submit(work) for work in (image.base, *also)]
        addon_images.ensure(tools.result())
        for other in others:
            other.result()
