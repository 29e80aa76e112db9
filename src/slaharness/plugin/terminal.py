"""The terminal, which pytest keeps from what tests print."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest


@contextmanager
def uncaptured(config: pytest.Config) -> Iterator[None]:
    """Let progress reach the terminal while pytest captures what tests print."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        yield
