"""Real parts for those tests that kill them."""

from notified import rig

__all__ = ["rig"]
