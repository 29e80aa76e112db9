"""What the process that runs an experiment gets of this machine: an empty home, few variables, no root."""

import os
import pwd
import site
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import slaharness
from slaharness.chaos.experiment import Experiment
from slaharness.cluster.provider import direct
from slaharness.host import scratch

#: Variables that every experiment gets: how to find programs, how to write, how to reach the network.
PASSED = (
    "PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy",
)  # fmt: skip
#: Who may do nothing but what is open to all.
NOBODY = "nobody"
ROOT = 0
#: Bits of a mode: others may look into a folder, may read.
ENTER, READ = 0o001, 0o004


@dataclass(frozen=True)
class Home:
    """An empty folder of the experiment's own, and as whom it runs (``user`` None: as we do, and ``why``)."""

    folder: Path
    user: int | None
    group: int | None
    why: str

    def put(self, name: str, text: str) -> Path:
        """Write a file that only the experiment can read."""
        file = self.folder / name
        file.touch(mode=0o600)
        file.write_text(text)
        if self.user is not None and self.group is not None:
            os.chown(file, self.user, self.group)
        return file


@contextmanager
def home(experiment: Experiment) -> Iterator[Home]:
    """Make the folder, and remove it with all that the experiment left in it."""
    why = _as_root(experiment)
    with scratch.folder() as around:
        own = around / "home"
        own.mkdir(mode=0o700)
        if os.geteuid() != ROOT or why:
            yield Home(own, None, None, why)
            return
        nobody = pwd.getpwnam(NOBODY)
        around.chmod(around.stat().st_mode | ENTER)
        os.chown(own, nobody.pw_uid, nobody.pw_gid)
        yield Home(own, nobody.pw_uid, nobody.pw_gid, "")


def environment(experiment: Experiment, own: Home, run_id: str) -> dict[str, str]:
    """All variables of the process: few of ours, those that the experiment's own configuration names."""
    here = {**os.environ, **experiment.given.environment}
    env = {name: here[name] for name in (*PASSED, *experiment.environment) if name in here}
    env |= direct() | {"HOME": str(own.folder), "TMPDIR": str(own.folder), "RUN_ID": run_id}
    if site.ENABLE_USER_SITE:  # packages of `pip install --user` are found by way of the home that we replace
        env["PYTHONUSERBASE"] = site.getuserbase()
    return env | ({"PYTHONPATH": str(experiment.folder)} if experiment.folder else {})


def _as_root(experiment: Experiment) -> str:
    """Why root's privileges are kept, "" when they need not be."""
    if os.geteuid() != ROOT:
        return ""
    if experiment.on_host:
        return "one of its faults works on this machine's disks"
    needed = [Path(sys.executable), Path(slaharness.__file__), Path(sysconfig.get_path("purelib"))]
    needed += [
        Path(tempfile.gettempdir()),
        Path(sysconfig.get_path("stdlib")),
        *([experiment.folder] if experiment.folder else []),
    ]
    closed = next((path for path in needed if not open_to_all(path.resolve())), None)
    try:
        pwd.getpwnam(NOBODY)
    except KeyError:
        return f"this machine has no user {NOBODY}"
    return f"only root can read {closed}" if closed else ""


def open_to_all(path: Path) -> bool:
    """Whether every user may read what is there."""
    inside = all(parent.stat().st_mode & ENTER for parent in path.parents)
    return inside and bool(path.stat().st_mode & READ)
