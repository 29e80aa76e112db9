"""A receiver that keeps what it is sent."""

from receivers import heard

__all__ = ["heard"]
