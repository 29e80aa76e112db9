"""Chaos and SLA validation on real Kubernetes, with verdicts that can be trusted."""

from slaharness.model import BACKUP, BASELINE, CONTROL, FAULT, RECOVERY, Outcome, Verdict

__all__ = ["BACKUP", "BASELINE", "CONTROL", "FAULT", "RECOVERY", "Outcome", "Verdict"]
