"""Faults on what cert-manager looks after."""
