"""Backups taken, what they hold lost, and restored; all with events."""
