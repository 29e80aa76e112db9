"""The alerts' job with all that it needs, for every test here."""

from flinkside import rig

__all__ = ["rig"]
