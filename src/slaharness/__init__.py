"""Chaos and SLA validation on real Kubernetes, with verdicts that can be trusted."""

from slaharness.model import BASELINE, FAULT, RECOVERY, Outcome, Verdict

__all__ = ["BASELINE", "FAULT", "RECOVERY", "Outcome", "Verdict"]
