"""Actions and probes that experiments may call, one a file, each with its rights declared beside it.

A project's own: write a function, declare it with ``fault``, and name its module in the settings.
"""

from slaharness.chaos.declaration import fault

__all__ = ["fault"]
