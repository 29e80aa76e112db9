"""Ledgers and readbacks; series to judge with."""

from ledgers import kept, zipped
from samples import availability, nothing_lost, replicas, scrapes, series, window

__all__ = ["availability", "kept", "nothing_lost", "replicas", "scrapes", "series", "window", "zipped"]
