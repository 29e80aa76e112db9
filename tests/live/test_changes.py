"""Actions of others, on the real API: what they change is put back after all of a run is killed."""

from pathlib import Path

import psutil
import pytest

from slaharness.host.wait import until
from slaharness.undo import journal as undo

pytestmark = [pytest.mark.live, pytest.mark.nightly]

SCENARIO = "shrink-both"
ROOT = Path(__file__).parents[2]
OBJECTIVE = "api-availability.yaml"
SPACE, NAMES = "application", ("readings", "conditions")
BODY = f"""
import pytest
from slaharness import FAULT

@pytest.mark.scenario(load="steady-mix", experiment="{SCENARIO}", baseline="20s", fault="60s", recovery="10s")
def test_it(run):
    '''It is killed on the way.'''
    assert run.meets("api-availability", over=FAULT)
"""


def _scaled(name, replicas):
    arguments = f"{{name: {name}, ns: {SPACE}, replicas: {replicas}}}"
    return (
        "provider: {type: python, module: chaosk8s.deployment.actions, func: scale_deployment, "
        f"arguments: {arguments}}}"
    )


EXPERIMENT = f"""
title: Both services shrink
description: By chaosk8s, whose rollbacks run in a process of their own.
method:
  - {{type: action, name: shrink readings, {_scaled("readings", 1)}}}
  - {{type: action, name: shrink conditions, {_scaled("conditions", 1)}, pauses: {{after: 40}}}}
rollbacks:
  - {{type: action, name: grow readings, {_scaled("readings", 2)}}}
  - {{type: action, name: grow conditions, {_scaled("conditions", 2)}}}
"""


def test_what_actions_of_others_changed_is_put_back_after_both_are_killed(project, cluster, left):
    """As by a machine that stops: no rollback has run. Sizes are as before, by the undo journal."""

    def sizes():
        return [cluster.apps.read_namespaced_deployment(name, SPACE).spec.replicas for name in NAMES]

    before = sizes()
    objectives = project.folder / "scenarios/objectives"
    objectives.unlink()  # a slow machine misses latency before the fault, which this is not about
    objectives.mkdir()
    (objectives / OBJECTIVE).write_text((ROOT / "scenarios/objectives" / OBJECTIVE).read_text())
    (project.folder / f"scenarios/test_{SCENARIO.replace('-', '_')}.py").write_text(BODY)
    (project.folder / f"experiments/{SCENARIO}.yaml").write_text(EXPERIMENT)
    running = project.start("run", SCENARIO, "--name", "live", "--replace-stack")

    def struck():
        assert running.poll() is None, running.communicate()
        return sizes() == [1, 1]

    until(struck, within=300, every=0.5, what="both are done")
    for one in [*psutil.Process(running.pid).children(recursive=True), running]:
        one.kill()
    running.communicate(timeout=60)
    assert sizes() != before
    healed = project("heal")
    assert healed.code == 0, healed.err
    assert "what the experiment changes" in healed.err
    assert sizes() == before
    assert left() == []
    assert list(undo.folder().glob("*.json")) == []
