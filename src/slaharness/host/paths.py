"""Where things live: the user's cache, the clusters' state, the undo journals."""

import os
from pathlib import Path

from platformdirs import user_cache_path

#: Downloads and builds, keyed by their pins. Safe to delete at any time no cluster runs.
CACHE = Path(os.environ.get("SLAHARNESS_CACHE") or user_cache_path("slaharness"))

#: What must be found again after a kill or a reboot: one folder a cluster, one file an undo.
STATE = Path(os.environ.get("SLAHARNESS_STATE") or "/var/lib/slaharness")

#: Sockets and other things that end with the machine.
RUN = Path("/run/slaharness")
