"""Files of objectives, in OpenSLO v1: a folder's documents, their references resolved, as Objectives."""

from slaharness.objectives.openslo.load import check, load, load_all

__all__ = ["check", "load", "load_all"]
