"""What is asked of impostors: good, bad and not known, by the query of the scenario's own objective."""

from collections.abc import Callable

import pytest
from stacks import ROOT

from slaharness.metrics import replay
from slaharness.metrics.evidence import Series
from slaharness.model import Outcome, Phase, Window
from slaharness.objectives.judge import judge
from slaharness.objectives.openslo.load import load

pytestmark = pytest.mark.live

OBJECTIVE = load(ROOT / "scenarios/objectives/impostors-told-nothing.yaml")
START = 1_600_000_000.25
WINDOW = Window(Phase.FAULT, START, START + 20)
MET, MISSED, UNKNOWN = Outcome


def series(name: str, value: Callable[[float], float], **labels: str) -> Series:
    """Scraped every second, from before the window until after it."""
    return Series(
        {"__name__": name, **labels}, tuple((START - 4.6 + at, float(value(at))) for at in range(30))
    )


@pytest.mark.parametrize(
    ("away", "calls", "told", "outcome"),
    [
        (True, 2, 0, MET),
        (True, 2, 9, MISSED),
        (True, 0, 0, UNKNOWN),
        (False, 0, 0, MET),
        (False, 1, 9, MISSED),
    ],
    ids=["found", "told", "not found", "in the calm", "told in the calm"],
)
def test_nobody_who_calls_is_no_evidence_once_the_database_is_away(away, calls, told, outcome):
    """While it is there nobody has to call anybody else."""
    kept = [
        series("impostor_calls_total", lambda at: at * calls, job="ended", outcome="refused"),
        series("impostor_calls_total", lambda _: 0, job="ended", outcome="told"),
        series("impostor_told_bytes_total", lambda at: told * (at > 15), job="ended"),
        series("database_reachable", lambda at: not (away and 8 < at < 20), job="readings"),
        series("process_start_time_seconds", lambda _: START - 100, job="prometheus"),
    ]
    with replay.replaying(kept) as prometheus:
        measured = prometheus.measure(OBJECTIVE, WINDOW)
    verdict = judge(OBJECTIVE, measured)
    assert verdict.outcome is outcome, verdict
