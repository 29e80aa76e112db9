"""Backups as experiments use them: have one taken, lose what it is of, have it restored; all stamped."""
