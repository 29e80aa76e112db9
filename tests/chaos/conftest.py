"""A small Kubernetes API, for real clients and a real ``chaos run``."""

from fake_api import activity, cluster, experiment, state

__all__ = ["activity", "cluster", "experiment", "state"]
