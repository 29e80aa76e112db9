"""Faults on pods, and the probe that counts them."""
