"""Backups of a Cassandra ring: files by what they hold, a manifest for each node, one for the whole.

``agent`` runs beside each node and copies its snapshot to the object store; ``take`` has all agents do so
and says when a backup is whole; ``restore`` brings one back into a ring of any size.
"""
