"""The backup's modules, as the image has them: beside those of the Cassandra node."""

import sys
from pathlib import Path

import pytest

IMAGES = Path(__file__).parents[3] / "weather" / "images"
sys.path[:0] = [str(IMAGES / "backup"), str(IMAGES / "cassandra" / "node")]


class Shelf:
    """As much of a Store as the rest asks of one, kept in a dictionary."""

    def __init__(self):
        self.held = {}

    def make(self):
        pass

    def sizes(self, prefix):
        return {key: len(value) for key, value in sorted(self.held.items()) if key.startswith(prefix)}

    def write(self, key, content):
        self.held[key] = content

    def read(self, key):
        return self.held[key]

    def keep(self, path, digest):
        self.held[f"objects/{digest}"] = path.read_bytes()

    def fetch(self, digest, path):
        from ringbackup.store import checked  # noqa: PLC0415 - found only now

        path.write_bytes(self.held[f"objects/{digest}"])
        checked(path, digest)

    def forget(self, keys):
        for key in keys:
            del self.held[key]


@pytest.fixture
def shelf():
    return Shelf()
