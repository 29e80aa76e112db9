"""Objectives and series to judge with."""

from samples import availability, nothing_lost, replicas, scrapes, series, window

__all__ = ["availability", "nothing_lost", "replicas", "scrapes", "series", "window"]
