"""Experiments on scaling: work that comes and goes, and a watch on what the cluster makes of it."""
