"""The sink: its modules are found where they are, since the image gets them by copy."""

from lakeside import rig

__all__ = ["rig"]
