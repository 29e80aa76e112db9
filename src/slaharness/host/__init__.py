"""This machine: its folders, locks, programs, signals, and waiting."""
