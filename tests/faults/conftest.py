"""A small Kubernetes API, for real clients."""

from fake_api import activity, cluster, experiment, state

__all__ = ["activity", "cluster", "experiment", "state"]
