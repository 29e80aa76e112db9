"""Actions of others, on the real API: what they change is put back after all of a run is killed."""

from pathlib import Path

import psutil
import pytest
from kubernetes import client

from slaharness.host.wait import until
from slaharness.undo import journal as undo

pytestmark = pytest.mark.live

SCENARIO = "cut-off-and-shrink"
ROOT = Path(__file__).parents[2]
OBJECTIVE = "api-availability.yaml"
SPACE, NAME = "application", "readings"
BODY = f"""
import pytest
from slaharness import FAULT

@pytest.mark.scenario(load="steady-mix", experiment="{SCENARIO}", baseline="10s", fault="60s", recovery="10s")
def test_it(run):
    '''It is killed on the way.'''
    assert run.meets("api-availability", over=FAULT)
"""
EXPERIMENT = f"""
title: The readings service shrinks, and a policy stands before the namespace
description: Both by chaosk8s, whose rollbacks run in a process of their own.
method:
  - type: action
    name: cut off
    provider:
      type: python
      module: chaosk8s.networking.actions
      func: deny_all_ingress
      arguments: {{ns: {SPACE}}}
  - type: action
    name: shrink
    provider:
      type: python
      module: chaosk8s.deployment.actions
      func: scale_deployment
      arguments: {{name: {NAME}, ns: {SPACE}, replicas: 1}}
    pauses: {{after: 40}}
rollbacks:
  - type: action
    name: grow
    provider:
      type: python
      module: chaosk8s.deployment.actions
      func: scale_deployment
      arguments: {{name: {NAME}, ns: {SPACE}, replicas: 2}}
  - type: action
    name: let in
    provider:
      type: python
      module: chaosk8s.networking.actions
      func: remove_deny_all_ingress
      arguments: {{ns: {SPACE}}}
"""


def test_what_actions_of_others_changed_is_put_back_after_both_are_killed(project, cluster, left):
    """As by a machine that stops: no rollback has run. Size and policy are as before, by the undo journal."""
    policies = client.NetworkingV1Api(cluster.client)

    def names():
        return {one.metadata.name for one in policies.list_namespaced_network_policy(SPACE).items}

    def size():
        return cluster.apps.read_namespaced_deployment(NAME, SPACE).spec.replicas

    before = names(), size()
    with (project.folder / "slaharness.toml").open("a") as settings:
        settings.write("[faults]\nnetwork_policies = true\n")
    objectives = project.folder / "scenarios/objectives"
    objectives.unlink()  # a slow machine misses latency before the fault, which this is not about
    objectives.mkdir()
    (objectives / OBJECTIVE).write_text((ROOT / "scenarios/objectives" / OBJECTIVE).read_text())
    (project.folder / f"scenarios/test_{SCENARIO.replace('-', '_')}.py").write_text(BODY)
    (project.folder / f"experiments/{SCENARIO}.yaml").write_text(EXPERIMENT)
    running = project.start("run", SCENARIO, "--name", "live", "--replace-stack")

    def struck():
        assert running.poll() is None, running.communicate()
        return size() == 1 and names() > before[0]

    until(struck, within=300, every=0.5, what="both are done")
    for one in [*psutil.Process(running.pid).children(recursive=True), running]:
        one.kill()
    running.communicate(timeout=60)
    assert (names(), size()) != before
    healed = project("heal")
    assert healed.code == 0, healed.err
    assert "what the experiment changes" in healed.err
    assert (names(), size()) == before
    assert left() == []
    assert list(undo.folder().glob("*.json")) == []
