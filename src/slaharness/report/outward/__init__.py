"""Verdicts and figures out to other systems, when that is asked for."""
