"""``python -m slaharness``."""

from slaharness.cli import main

main()
