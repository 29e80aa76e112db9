"""The system's packages that a cluster and its images need: each with its reason, and how it is installed."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.prompt import Confirm

from slaharness.errors import HostTrouble
from slaharness.host import command, progress
from slaharness.host.progress import step

#: Folders of programs, those for root among them, whatever PATH says.
FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: There only while systemd runs the machine.
SYSTEMD = Path("/run/systemd/system")
#: Seconds for apt's lists, and for all packages over a slow line.
UPDATE, INSTALL = 300.0, 900.0


@dataclass(frozen=True)
class Package:
    """A Debian/Ubuntu package. One of ``proofs`` (programs, or absolute paths) tells that its part is there.

    The part counts, not the package: Docker's own containerd serves, and installing Debian's would remove it.
    """

    name: str
    why: str
    proofs: tuple[str, ...]
    #: Services that it would start at boot; a cluster starts its own.
    units: tuple[str, ...] = ()
    #: Whether the compiler needs it, too: it is installed before that starts.
    first: bool = False

    def present(self) -> bool:
        return any(map(_there, self.proofs))


PACKAGES = (
    Package(
        "ca-certificates",
        "tells whom Go, Maven and the image builder may fetch from",
        ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"),
        first=True,
    ),
    Package("etcd-server", "keeps the cluster's objects", ("etcd",), ("etcd.service",)),
    Package("containerd", "runs the nodes' containers", ("containerd",), ("containerd.service",)),
    Package("runc", "starts each container", ("runc",)),
    Package(
        "containernetworking-plugins",
        "gives each pod its network",
        ("/usr/lib/cni/bridge", "/opt/cni/bin/bridge", "/usr/libexec/cni/bridge"),
    ),
    Package("iptables", "carries out kube-proxy's rules for Services", ("iptables",)),
    Package("ipset", "holds which pods a NetworkPolicy speaks of", ("ipset",)),
    Package("conntrack", "lets kube-proxy drop connections to pods that are gone", ("conntrack",)),
    Package("socat", "forwards ports to pods", ("socat",)),
    Package("catatonit", "becomes the pause image that holds a pod's namespaces", ("catatonit",)),
    Package("busybox-static", "becomes the image in which volumes' folders are made", ("busybox",)),
    Package("buildah", "builds images without a daemon", ("buildah", "podman")),
    Package("mmdebstrap", "makes the base image where no registry answers", ("mmdebstrap",)),
    Package(
        "debian-archive-keyring",
        "lets mmdebstrap check what it fetches",
        ("/usr/share/keyrings/debian-archive-keyring.gpg",),
    ),
    Package("default-jre-headless", "runs Maven", ("java",)),
    Package("maven", "fetches the jars of images that have a pom.xml", ("mvn",)),
)


def missing() -> list[Package]:
    """Those whose part is not there. Looks at files only."""
    return [package for package in PACKAGES if not package.present()]


def cure(packages: Iterable[Package]) -> str:
    """The command that installs them, to be pasted."""
    return shlex.join(["apt-get", "install", "--yes", *(package.name for package in packages)])


def agree(packages: Sequence[Package], *, yes: bool) -> None:
    """Return when installing them is allowed: by ``yes``, by CI=true, or by an answer at the terminal.

    Raises HostTrouble naming the command otherwise, and on a host without apt naming what is needed.
    """
    names = ", ".join(package.name for package in packages)
    if not _there("apt-get"):
        raise HostTrouble(
            f"missing here, and there is no apt-get to install it: {', '.join(_reasons(packages))}"
        )
    if not (yes or os.environ.get("CI") == "true" or _asked(packages)):
        raise HostTrouble(f"missing packages: {names}; say --yes, or run: {cure(packages)}")


def install(packages: Sequence[Package]) -> None:
    """Install them with apt-get, starting no service. Raises CommandFailed with the end of its output."""
    with step("Installing packages") as now:
        now.say(", ".join(package.name for package in packages))
        _apt(["update"], UPDATE)
        _apt(
            ["install", "--yes", "--no-install-recommends", *(package.name for package in packages)], INSTALL
        )
        _keep_down([unit for package in packages for unit in package.units])


def _apt(words: Sequence[str], within: float) -> None:
    """Without a question, and patient with another apt at work.

    SYSTEMD_OFFLINE makes systemctl, and RUNLEVEL makes invoke-rc.d, refuse to start the services that the
    packages bring: their etcd would take the port of one that the host may run, and nobody asked for it.
    NEEDRESTART_SUSPEND keeps Ubuntu from restarting the host's own services.
    """
    environment = {
        "DEBIAN_FRONTEND": "noninteractive",
        "SYSTEMD_OFFLINE": "1",
        "RUNLEVEL": "1",
        "NEEDRESTART_SUSPEND": "1",
    }
    argv = ["apt-get", "--quiet", "--option", "DPkg::Lock::Timeout=120", *words]
    command.run(argv, purpose="installing packages", within=within, env=environment)


def _keep_down(units: Sequence[str]) -> None:
    """Nor may they start at the next boot: packages enable their services by links that systemctl removes."""
    if units and SYSTEMD.is_dir():
        command.run(["systemctl", "disable", "--quiet", *units], purpose="keeping services down", within=60)


def _asked(packages: Sequence[Package]) -> bool:
    if not sys.stdin.isatty():
        return False
    progress.console.print("Needed here and missing:", *_reasons(packages), sep="\n  ")
    return Confirm.ask("Install them with apt-get?", console=progress.console)


def _reasons(packages: Iterable[Package]) -> list[str]:
    return [f"{package.name} ({package.why})" for package in packages]


def _there(proof: str) -> bool:
    return Path(proof).exists() if proof.startswith("/") else shutil.which(proof, path=FOLDERS) is not None
