"""A record's series, asked again of a real Prometheus: the same answers as on the day."""

import pytest

from slaharness.errors import HostTrouble, RecordTrouble
from slaharness.metrics import process, replay
from slaharness.metrics.evidence import Series
from slaharness.model import Measurement, Objective, Op, Outcome, Phase, SourceType, Window
from slaharness.objectives.judge import judge

pytestmark = pytest.mark.live

#: An old night: Prometheus' default retention is past.
START = 1_600_000_000.25
WINDOW = Window(Phase.FAULT, START, START + 20)
GROWN = "sum(loadgen_requests_total{%s} @ $end) - sum(loadgen_requests_total{%s} @ $start)"


def objective(target: float, outcome: str = "ok") -> Objective:
    only = f'outcome="{outcome}"'
    return Objective(
        "a", "A", "edge", SourceType.RATIO, GROWN % ("", ""), target, Op.AT_LEAST, good=GROWN % (only, only)
    )


def series(until: int = 25) -> list[Series]:
    """A request a tenth of a second, one of twenty failing, scraped every second; and Prometheus' own."""
    times = [START - 5 + 0.4 + n for n in range(5 + until)]
    prometheus = {"__name__": "process_start_time_seconds", "job": "prometheus"}
    return [
        Series(
            {
                "__name__": "loadgen_requests_total",
                "job": "load",
                "name": 'say "hello"\\n',
                "outcome": outcome,
            },
            tuple((at, float(round((at - START + 5) * rate))) for at in times),
        )
        for outcome, rate in (("ok", 9.5), ("fail", 0.5))
    ] + [Series(prometheus, tuple((at, START - 100) for at in times))]


def test_an_old_record_answers_new_questions() -> None:
    """95 % of 200 requests: met against 94 %, missed against 96 %; labels with quotes are no trouble."""
    with replay.replaying(series()) as prometheus:
        found = prometheus.measure(objective(0.94), WINDOW)
        assert found.problems == ()
        assert (found.good, found.total) == (190, 200)
        assert str(found.evidence["Prometheus"])[0].isdigit()  # which one judges, by its version
        assert judge(objective(0.94), found).outcome is Outcome.MET
        assert judge(objective(0.96), found).outcome is Outcome.MISSED


def test_series_that_cannot_be_are_bad_input() -> None:
    """A metric whose name is none: the record is broken, not this machine."""
    broken = [Series({"__name__": "no name"}, one.samples) for one in series()]
    with pytest.raises(RecordTrouble, match="the record's series"), replay.replaying(broken):
        pass


def test_what_the_record_does_not_hold_is_unknown() -> None:
    """Series that were not kept, or end before the window does, are doubts as on the day."""

    def asked(kept: list[Series], outcome: str = "ok") -> Measurement:
        with replay.replaying(kept) as prometheus:
            return prometheus.measure(objective(0.5, outcome), WINDOW)

    assert "matches no series" in " ".join(asked(series(), "unheard-of").problems)
    assert "scrapes are missing at the window's end" in " ".join(asked(series(until=15)).problems)
    assert asked([]).value is None


def test_series_are_held_against_the_interval_that_they_were_scraped_at() -> None:
    """A stack looked at every 5 s kept its promise of four scrapes; the load keeps that of one a second."""
    times = [START - 9 + 5 * n for n in range(9)]
    rare = Series({"__name__": "web_total", "job": "web"}, tuple((at, at - START) for at in times))
    web = Objective(
        "w",
        "W",
        "web",
        SourceType.THRESHOLD,
        "sum(web_total @ $end) - sum(web_total @ $start)",
        1,
        Op.AT_LEAST,
    )
    with replay.replaying([*series(), rare], interval=5.0) as prometheus:
        # Prometheus' own start was scraped by both; what matters here is the counter.
        seldom = prometheus.measure(web, WINDOW)
        assert [one for one in seldom.problems if "web_total" in one] == []
        assert seldom.value == 20
        assert prometheus.measure(objective(0.94), WINDOW).problems == ()
    with replay.replaying([*series(), rare]) as prometheus:
        assert any("web_total" in one for one in prometheus.measure(web, WINDOW).problems)


def test_a_machine_without_prometheus_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """One line that says what is needed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(process.paths, "CACHE", tmp_path)
    with pytest.raises(HostTrouble, match="prometheus is needed and cannot be fetched"), replay.replaying([]):
        pass
