"""Chaos and SLA validation on real Kubernetes, with verdicts that can be trusted."""

from slaharness.model import BACKUP, BASELINE, FAULT, RECOVERY, Outcome, Verdict

__all__ = ["BACKUP", "BASELINE", "FAULT", "RECOVERY", "Outcome", "Verdict"]
