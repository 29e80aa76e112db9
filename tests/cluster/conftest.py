"""A small Kubernetes API, for real clients."""

from fake_api import cluster, state

__all__ = ["cluster", "state"]
