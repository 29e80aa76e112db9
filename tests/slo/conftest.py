"""Objectives and series to judge with."""

from collections.abc import Callable

import pytest

from slaharness.model import Objective, Op, Phase, SourceType, Window
from slaharness.slo.evidence import Scrapes, Series

#: One minute, scraped once a second.
WINDOW = Window(Phase.FAULT, 1000.4, 1060.4)


@pytest.fixture
def window() -> Window:
    return WINDOW


@pytest.fixture
def scrapes() -> Scrapes:
    return Scrapes(WINDOW, 1.0)


@pytest.fixture
def series() -> Callable[..., Series]:
    """Make a series scraped every second from before the window to after it, of what ``value`` says."""

    def make(value: Callable[[float], float] = lambda at: at, **labels: str) -> Series:
        return Series(labels, tuple((float(at), value(at)) for at in range(998, 1064)))

    return make


@pytest.fixture
def availability() -> Objective:
    return Objective(
        name="availability", title="Answers", service="edge", source=SourceType.RATIO,
        target=0.999, op=Op.AT_LEAST, good='sum(hits{ok="yes"} @ $end) - sum(hits{ok="yes"} @ $start)',
        total="sum(hits @ $end) - sum(hits @ $start)", floor=100,
    )  # fmt: skip


@pytest.fixture
def replicas() -> Objective:
    return Objective(
        name="replicas", title="Sleeps", service="edge", source=SourceType.THRESHOLD, target=2, op=Op.AT_MOST,
        total="max(max_over_time(replicas[$window] @ $end))",
    )  # fmt: skip


@pytest.fixture
def nothing_lost() -> Objective:
    return Objective(
        name="no-reading-lost", title="Nothing is lost", service="cassandra", source=SourceType.LEDGER,
        target=0, op=Op.AT_MOST, total="lost", floor=100, bad="are lost",
    )  # fmt: skip
