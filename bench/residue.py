"""What is left of a harness that is killed: SIGKILL at random moments of a run, healed, compared with before.

One cluster is kept, with the core stack on it. The moments are spread over all of a run's stages, one drawn
from each equal part of it, in an order drawn by lot; after each `slaharness heal`, everything in the API
server and everything of the cluster on this machine has to be as it was (``lab/standing.py``). Run as root
from the project's folder: ``python bench/residue.py [--moments N] [--minutes M] [--seed S]``; on a quiet
machine half a minute a moment. After M minutes no further moment is begun.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lab import standing

from slaharness.cluster.api import Api
from slaharness.cluster.local import teardown
from slaharness.cluster.local.provider import Local
from slaharness.errors import NotYet
from slaharness.host.wait import pause, until

NAME, SCENARIO = "residue", "kill-one-api-pod"
#: Seconds for a stack that lost a pod to stand as before.
WHOLE_WITHIN = 120.0
#: Codes of a run that came to a verdict.
JUDGED = {0, 1, 3}
BODY = """
import pytest
from slaharness import FAULT

@pytest.mark.scenario(
    load="steady-mix", experiment="kill-one-api-pod", baseline="10s", fault="10s", recovery="10s"
)
def test_users_never_notice(run):
    '''Short windows: it is about what is left, not about the verdict.'''
    assert run.meets("api-availability", over=FAULT)
"""
STAGE = re.compile(r"^✓ (.+?):? [\d.]+ s$", re.MULTILINE)


@dataclass(frozen=True)
class Moment:
    """One kill: when in the run, after which of its stages, what was left, how long healing took."""

    at: float
    after: str
    left: tuple[str, ...]
    healed: float


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--moments", type=int, default=50, metavar="N")
    asked.add_argument("--minutes", type=float, default=90.0, metavar="M")
    asked.add_argument("--seed", type=int, default=1, metavar="S")
    wanted = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="residue-") as name:
        scratch = _project(Path(name))
        try:
            _must(scratch, "cluster", "up", "--name", NAME, "--yes")
            _must(scratch, "deploy", "--name", NAME)
            moments = list(_moments(scratch, wanted))
        finally:
            Local(NAME).down()
    _print(moments, wanted, teardown.residue(NAME))


def _moments(scratch: Path, wanted: argparse.Namespace) -> Iterator[Moment]:
    draw, number, began = random.Random(wanted.seed), wanted.moments, time.monotonic()  # noqa: S311
    if (code := _started(scratch).wait(600)) not in JUDGED:
        sys.exit(f"a run that nobody kills ends with {code}:\n{_said(scratch)}")
    lasts = time.monotonic() - began
    found = Local(NAME).find()
    assert found  # noqa: S101 - it was up a moment ago
    before = standing.whole(found.api(), NAME, scratch)
    parts = [(at + draw.random()) * lasts / number for at in range(number)]
    for at in draw.sample(parts, number):
        if time.monotonic() - began > wanted.minutes * 60:
            return
        moment = _killed(scratch, at, found.api(), before)
        mark = "✗" if moment.left else "✓"
        print(f"{mark} {at:.1f} s, after {moment.after}: {'; '.join(moment.left) or 'nothing'}", flush=True)
        yield moment


def _killed(scratch: Path, at: float, api: Api, before: Counter[str]) -> Moment:
    running = _started(scratch)
    pause(at)
    running.kill()
    running.wait()
    after = (["its start", *STAGE.findall(_said(scratch))])[-1]
    began = time.monotonic()
    _must(scratch, "heal")
    healed = time.monotonic() - began
    left: list[str] = []

    def as_before() -> bool:
        left[:] = standing.differences(before, standing.whole(api, NAME, scratch))
        return not left

    try:
        until(as_before, within=WHOLE_WITHIN, every=1, what="all is as it was")
    except NotYet:
        return Moment(at, after, tuple(left), healed)
    return Moment(at, after, (), healed)


def _started(scratch: Path) -> "subprocess.Popen[bytes]":
    with (scratch / "said.log").open("wb") as log:
        return _popen(scratch, "run", SCENARIO, "--name", NAME, "--json", stdout=log, stderr=log)


def _said(scratch: Path) -> str:
    return (scratch / "said.log").read_text(errors="replace")


def _must(scratch: Path, *words: str) -> None:
    done = _popen(scratch, *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = done.communicate(timeout=1800)
    if done.returncode:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{said.decode()}")


def _popen(scratch: Path, *words: str, **streams: object) -> "subprocess.Popen[bytes]":
    start = partial(subprocess.Popen, [sys.executable, "-m", "slaharness", *words], cwd=scratch / "project")
    return start(env={**os.environ, "TMPDIR": str(scratch / "tmp")}, **streams)


def _project(scratch: Path) -> Path:
    """A project with this one's stack and load, and a temporary folder of its own beside it."""
    here, there = Path.cwd(), scratch / "project"
    scratch.chmod(0o755)
    (scratch / "tmp").mkdir()
    (scratch / "tmp").chmod(0o1777)
    for folder in ("experiments", "loadprofiles", "scenarios/objectives"):
        shutil.copytree(here / folder, there / folder)
    (there / "weather").symlink_to(here / "weather")
    shutil.copy(here / "slaharness.toml", there)
    (there / "scenarios/test_short.py").write_text(BODY)
    return scratch


def _print(moments: list[Moment], wanted: argparse.Namespace, left: list[str]) -> None:
    bad = [moment for moment in moments if moment.left]
    print(json.dumps({
        "name": NAME, "ok": bool(moments) and not bad and not left, "value": len(bad), "limit": 0,
        "unit": "moments with residue", "moments": len(moments), "of": wanted.moments, "seed": wanted.seed,
        "stages": dict(Counter(moment.after for moment in moments)),
        "slowest_heal_s": round(max((moment.healed for moment in moments), default=0.0), 1),
        "after_the_cluster": left, "left": sorted({line for moment in bad for line in moment.left})[:20],
    }, ensure_ascii=False))  # fmt: skip


if __name__ == "__main__":
    main()
