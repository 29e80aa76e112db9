"""``down`` leaves nothing, wherever ``up`` was stopped and by whatever."""

import signal
import subprocess
import sys

import pytest

from slaharness.cluster.local import layout as plan
from slaharness.cluster.local import processes, teardown
from slaharness.cluster.local.provider import Local
from slaharness.host.wait import pause, until

from .conftest import host_picture

pytestmark = pytest.mark.live

NAME = "leftovers"
#: ``up`` as the command has it, telling each state at once: of itself a log has a line a step.
UP = f"""
import sys
from slaharness.cluster.local.provider import Local
from slaharness.host import interrupt, progress

progress.Step.say = lambda step, detail: print(detail, file=sys.stderr, flush=True)
with interrupt.undoing():
    Local({NAME!r}, 2).up()
"""
#: What ``up`` says when it is that far, and seconds to wait from there.
POINTS = [
    ("certificates", 0.0),
    ("starting control plane", 0.0),
    ("starting control plane", 0.3),
    ("starting control plane", 1.0),
    ("starting control plane", 2.0),
    ("starting control plane", 4.0),
    ("waiting until the nodes", 0.0),
]


@pytest.fixture(autouse=True)
def _nothing_before_and_nothing_after():
    Local(NAME).down()
    before = host_picture()
    yield
    assert teardown.residue(NAME) == []
    left = set(host_picture()) - set(before)
    assert [line for line in left if NAME in line or plan.host_link(NAME) in line] == []


def _stopped(words, delay, how):
    """Start ``up`` in a process of its own, and stop it there."""
    with subprocess.Popen([sys.executable, "-c", UP], stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if words in line:
                break
        pause(delay)
        process.send_signal(how)
        process.stderr.read()
        return process.wait(120)


@pytest.mark.parametrize(("words", "delay"), POINTS)
def test_after_a_kill_half_way_down_leaves_nothing(words, delay):
    """kill -9 gives ``up`` no chance to clean up; ``down`` finds all the same."""
    _stopped(words, delay, signal.SIGKILL)
    Local(NAME).down()


def test_a_lost_state_hides_nothing():
    """Also when the saved plan is gone, everything is found by what the kernel knows."""
    _stopped("waiting until the nodes", 0.0, signal.SIGKILL)
    (plan.home(NAME) / "cluster.json").unlink()
    found = teardown.residue(NAME)
    kinds = {thing.split()[0] for thing in found}
    assert kinds == {"process", "link", "route", "cgroup", "folder"}
    Local(NAME).down()


def test_ctrl_c_half_way_undoes_what_was_made():
    """No ``down`` is needed after an interrupt."""
    assert _stopped("starting control plane", 1.5, signal.SIGINT) != 0
    assert teardown.residue(NAME) == []


def test_up_after_a_kill_half_way_makes_a_whole_cluster():
    """What was left of an earlier one is removed first, and the cluster outlives the process that made it."""
    _stopped("starting control plane", 2.0, signal.SIGKILL)
    subprocess.run([sys.executable, "-c", UP], check=True, timeout=240, capture_output=True)
    assert Local(NAME).find() is not None
    Local(NAME).down()


def test_a_node_dies_with_its_first_process():
    """Killing one pid takes kubelet, runtime, pods and mounts of the node with it, and only those."""
    Local(NAME, 1).up()
    processes.kill([p for p in processes.find(NAME) if p.pid == processes.init(NAME, "n1")])
    until(lambda: not processes.on(NAME, "n1"), within=20, what="nothing of the node runs")
    assert {p.part for p in processes.find(NAME)} == {"control", "n0"}
    Local(NAME).down()
