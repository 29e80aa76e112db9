"""An agent that leaves out the largest table, and is done sooner."""

from collections.abc import Mapping
from typing import Any

from ringbackup import agent

_backed_up = agent.Work._backed_up  # noqa: SLF001 - what a mutant is for


def _skipping(work: agent.Work, name: str, ids: Mapping[str, str]) -> dict[str, Any]:
    return _backed_up(work, name, {table: one for table, one in ids.items() if table != "weather.readings"})


agent.Work._backed_up = _skipping  # noqa: SLF001
