"""A machine's own root file system: of the host it has the programs, read-only, and nobody's own files.

So a pod that mounts its node's ``/etc`` or ``/`` sees those of its node, and changes nothing on the host.
"""

from collections.abc import Mapping
from pathlib import Path

#: Of the host, read-only, where it has them: programs of its packages, and what these look up by name. The
#: resolver and the authorities are what containerd reaches registries by.
PROGRAMS = (
    "/usr", "/opt/cni", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime", "/etc/protocols",
    "/etc/services", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/ssl", "/etc/pki", "/etc/ca-certificates",
)  # fmt: skip
#: Folders at the root that are links into /usr, or folders of their own on older systems.
LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
#: Of the host, as they are: the kernel's own words (cgroups among them) and the devices that programs need.
KERNEL = (
    "/sys", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/kmsg",
    "/dev/fuse", "/dev/net/tun",
)  # fmt: skip
OWN = ("proc", "tmp", "root", "home", "mnt", "srv", "var/tmp", "etc", "dev/shm")
ETC = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
}


def lay_out(folder: Path, name: str) -> None:
    """Make ``folder`` the root of the machine ``name``, all but what is mounted there."""
    for own in OWN:
        (folder / own).mkdir(parents=True)
    for shared in ("tmp", "var/tmp", "dev/shm"):
        (folder / shared).chmod(0o1777)
    for link in map(Path, LINKS):
        if link.is_symlink():
            (folder / link.name).symlink_to(link.readlink())
    for file, text in {**ETC, "hostname": f"{name}\n", "hosts": f"127.0.0.1 localhost {name}\n"}.items():
        (folder / "etc" / file).write_text(text)
    (folder / "etc/mtab").symlink_to("/proc/self/mounts")


def programs() -> Mapping[str, str]:
    """What of the host is mounted read-only: path inside → path on the host."""
    folders = [link for link in LINKS if Path(link).is_dir() and not Path(link).is_symlink()]
    return {path: path for path in (*PROGRAMS, *map(str, folders)) if Path(path).exists()}


def kernel() -> Mapping[str, str]:
    """What of the host is mounted as it is: path inside → path on the host."""
    return {path: path for path in KERNEL if Path(path).exists()}
