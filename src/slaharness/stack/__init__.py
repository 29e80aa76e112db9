"""The system under test: build its images, apply its manifests, wait for it, look at it, remove it."""

from slaharness.stack.deploy import Deployed, deploy
from slaharness.stack.remove import residue, undeploy
from slaharness.stack.snapshot import Snapshot, diff, state

__all__ = ["Deployed", "Snapshot", "deploy", "diff", "residue", "state", "undeploy"]
