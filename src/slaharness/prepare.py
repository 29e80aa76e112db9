"""Everything that must be on the machine before a cluster can start, made side by side.

Packages, Kubernetes and its addons, the base image, the addons' images: each from the cache where it is
there, so that a second call starts no program.
"""

from concurrent.futures import ThreadPoolExecutor

from slaharness import doctor, image
from slaharness.cluster.local import addon_images, packages, toolchain


def prepare(*, yes: bool = False) -> None:
    """Make what is missing. ``yes`` allows installing packages without asking.

    Raises HostTrouble with what to do when the machine lacks something that cannot be made, or when missing
    packages may not be installed; nothing has been started then.
    """
    doctor.require()
    lacking = packages.missing()
    if lacking:
        packages.agree(lacking, yes=yes)
    with ThreadPoolExecutor() as pool:
        tools = pool.submit(toolchain.ensure)
        if lacking:
            packages.install(lacking)
        base = pool.submit(image.base)
        addon_images.ensure(tools.result())
        base.result()
