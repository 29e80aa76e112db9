"""The format of experiments: what may stand in a file, and what it means."""
