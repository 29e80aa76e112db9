"""From a Debian with nothing but Python to a first verdict: the README's first command, and how long.

Makes a Debian in a folder with mmdebstrap, copies the project in, and goes through the steps there. Run as
root from the project's folder with no cluster up: ``python bench/bare.py``. ``--until`` ends after a step;
``--copy FILE`` (repeatable) brings what this machine's network asks for: certificates, /etc/pip.conf.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import short

from slaharness.image import rootfs

#: Seconds: 14.8 minutes were seen on two busy cores, most of it Kubernetes' compile.
LIMIT = 900.0
CLI = ".venv/bin/slaharness"
COMPILER = (
    "from slaharness.cluster.local import packages, toolchain\n"
    "from slaharness.host import command, golang\n"
    "packages.install([one for one in packages.missing() if one.first])\n"
    "go = golang.compiler(toolchain.ADDONS.source)\n"
    "print(command.run([go, 'version'], purpose='asking Go', within=60), end='')\n"
)
#: Each step in the project's folder there, by its name.
STEPS = {
    "install": ["sh", "-ec", "python3 -m venv .venv && .venv/bin/pip install --quiet ."],
    "doctor": ["sh", "-c", f"{CLI} doctor || test $? = 6"],
    "compiler": [".venv/bin/python", "-c", COMPILER],
    "run": [CLI, "run", "--yes"],
}
#: A private mount namespace with the kernel's file systems, then the step: $1 is the root, then its words.
ENTER = """
root=$1; shift
for folder in proc sys dev; do mount --rbind /$folder "$root/$folder"; done
exec chroot "$root" sh -ec 'cd /project; exec "$@"' step "$@"
"""


def main() -> None:
    short.needs("bare", "a Debian made anew, and its packages")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--until", choices=STEPS, default="run")
    parser.add_argument("--copy", action="append", type=Path, default=[], metavar="FILE")
    given = parser.parse_args()
    last = list(STEPS).index(given.until)
    spent = {}
    with _debian(given.copy) as root:
        for name, words in list(STEPS.items())[: last + 1]:
            began = time.monotonic()
            print(f"== {name}", file=sys.stderr, flush=True)
            subprocess.run(
                ["unshare", "--mount", "sh", "-ec", ENTER, "enter", root, *words],
                check=True, stdout=sys.stderr, env=os.environ | {"HOME": "/root"},
            )  # fmt: skip
            spent[name] = round(time.monotonic() - began, 1)
    total = round(sum(spent.values()), 1)
    print(json.dumps({
        "name": "bare", "ok": total <= LIMIT, "value": total, "limit": LIMIT, "unit": "s",
        "until": given.until, **spent,
    }))  # fmt: skip


@contextmanager
def _debian(copied: list[Path]) -> Iterator[Path]:
    """Its root: Debian's smallest, Python with venv, and the project's tracked files in /project."""
    with tempfile.TemporaryDirectory(prefix="slaharness-bare-", dir="/var/tmp") as folder:
        root = Path(folder, "root")
        subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=minbase", "--include=python3,python3-venv",
             rootfs.SUITE, root, *rootfs.mirror()],
            check=True,
        )  # fmt: skip
        for file in copied:
            target = root / file.resolve().relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        archive = subprocess.run(["git", "archive", "HEAD"], check=True, stdout=subprocess.PIPE)
        (root / "project.tar").write_bytes(archive.stdout)
        with tarfile.open(root / "project.tar") as tar:
            tar.extractall(root / "project", filter="data")
        yield root


if __name__ == "__main__":
    main()
