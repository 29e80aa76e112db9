"""Which processes are a cluster's: only ever its own."""

import os
import subprocess
import sys

import pytest

from slaharness.cluster.local import processes
from slaharness.cluster.local.processes import MARK, Process


@pytest.fixture
def marked():
    """A process that says it belongs to the cluster ``unittest``."""
    with subprocess.Popen(["sleep", "60"], env={**os.environ, MARK: "unittest"}) as process:
        yield process
        process.kill()


def test_what_was_started_for_a_cluster_is_found(marked):
    """The mark in the environment is enough: no list of pids has to survive."""
    assert [(p.pid, p.program) for p in processes.find("unittest")] == [(marked.pid, "sleep")]
    assert processes.find("unittes") == []


def test_a_zombie_is_not_a_living_process(marked):
    """A dead process that nobody has reaped yet does not count as residue."""
    os.kill(marked.pid, 9)
    os.waitid(os.P_PID, marked.pid, os.WEXITED | os.WNOWAIT)
    assert processes.find("unittest") == []


def test_killing_spares_a_pid_that_was_recycled(marked):
    """A pid that has become another program since it was seen is left alone."""
    processes.kill([Process(marked.pid, "n1", ("kubelet",))])
    assert marked.poll() is None
    processes.kill(processes.find("unittest"))
    assert marked.wait(10) == -9


def test_a_process_that_ended_meanwhile_is_no_trouble(marked):
    """Killing what is gone already is what was wanted."""
    found = processes.find("unittest")
    marked.kill()
    marked.wait()
    processes.kill(found)


def test_nothing_of_ours_is_ever_taken_for_a_cluster():
    """The harness itself shares its namespaces with the host and is in no cluster."""
    assert processes.find(f"no{os.getpid()}") == []
    assert processes.alive(os.getpid())
    assert "python" in sys.executable
