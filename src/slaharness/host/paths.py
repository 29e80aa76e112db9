"""Where things live: the user's cache, the clusters' state, the undo journals."""

import os
import stat
from pathlib import Path

from platformdirs import user_cache_path, user_state_path

from slaharness.errors import HostTrouble

#: Local clusters need root, and are the machine's; what anybody else does is their own.
ROOT = os.geteuid() == 0 and Path("/proc").is_dir()

#: Downloads and builds, keyed by their pins. Safe to delete at any time no cluster runs.
CACHE = Path(os.environ.get("SLAHARNESS_CACHE") or user_cache_path("slaharness"))

#: What must be found again after a kill or a reboot: one folder a cluster, one file an undo.
STATE = Path(
    os.environ.get("SLAHARNESS_STATE") or ("/var/lib/slaharness" if ROOT else user_state_path("slaharness"))
)

#: Sockets, locks and other things that end with the machine.
RUN = Path("/run/slaharness") if ROOT else STATE / "run"


def private(folder: Path) -> Path:
    """``folder`` in the state folder, made when missing, for this user alone.

    What is in there is executed, or replayed with all the rights of a kubeconfig. HostTrouble when somebody
    else owns the state folder or may write into it, or when it cannot be made.
    """
    try:
        STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = STATE.stat()
        if found.st_uid != os.geteuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise HostTrouble(
                f"{STATE} may be written by others, so nothing in it is trusted: look through it, then "
                f"`chown -R {os.geteuid()} {STATE} && chmod 700 {STATE}`, or point SLAHARNESS_STATE elsewhere"
            )
        STATE.chmod(0o700)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise HostTrouble(
            f"{folder} cannot be written: {error.strerror}; point SLAHARNESS_STATE at a folder that can"
        ) from error
    return folder
