"""Whether Prometheus restarted inside a window, of one that scrapes itself under any job, or not at all."""

import time
from dataclasses import replace

import pytest
import requests

from slaharness.cluster.api import Endpoint
from slaharness.metrics import replay, start_time
from slaharness.metrics.evidence import Series, restarted
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import Objective, Op, Phase, SourceType, Window

WINDOW = Window(Phase.FAULT, 1000.0, 1060.0)


def own(*values: float) -> list[Series]:
    return [Series({"job": "prometheus"}, tuple((1000.0 + n, value) for n, value in enumerate(values)))]


@pytest.mark.parametrize(
    ("said", "starts", "problem"),
    [
        (400.0, [], None),
        (None, own(400, 400), None),
        (1012.5, [], "restarted 12.5 s into the window"),
        (None, own(400, 1012.5), "restarted 12.5 s into the window"),
        (1012.5, own(400, 1012.5), "restarted 12.5 s into the window"),
        (400.0, own(400, 1012.5), "restarted 12.5 s into the window"),
        (1060.0, [], "restarted 60.0 s into the window"),
        (1070.0, [], "restarted after this window, so whether it did so inside is not known"),
        (1070.0, own(400, 400), None),
        (None, [], "does not watch itself"),
    ],
)
def test_its_own_word_or_what_it_saw_of_itself_tells_of_a_restart(said, starts, problem):
    """Its word is of its last start only: one after the window hides whether there was one inside."""
    found = restarted(starts, WINDOW, said)
    assert len(found) == (problem is not None)
    assert all(problem in one for one in found)


@pytest.mark.live
def test_a_prometheus_says_when_it_started(server):
    """To the second, by our clock, without scraping itself."""
    assert start_time.asked(server.endpoint) == pytest.approx(server.started, abs=5)


def test_one_that_does_not_say_it_is_no_error():
    """What only speaks Prometheus's language, or nobody, leaves it to the samples."""
    assert start_time.asked(Endpoint("http://127.0.0.1:1", requests.Session())) is None


COUNTED = Objective("c", "", "web", SourceType.THRESHOLD, "sum(web_total @ $end)", 1, Op.AT_LEAST)


def web(start: float) -> Series:
    times = [start - 5 + n for n in range(31)]
    return Series({"__name__": "web_total", "job": "web"}, tuple((at, at - start + 6) for at in times))


@pytest.mark.live
@pytest.mark.parametrize("started", [-100.0, 7.0])
def test_a_record_knows_it_when_it_is_judged_again(started):
    """Not the process that answers for the record, which started now: the one that scraped on the day."""
    start = 1_600_000_000.0
    window = Window(Phase.FAULT, start, start + 20)
    kept = [web(start), *start_time.kept(start + started, start + 25)]
    with replay.replaying(kept) as prometheus:
        found = prometheus.measure(COUNTED, window)
    expected = () if started < 0 else ("Prometheus restarted 7.0 s into the window",)
    assert found.problems == expected


@pytest.mark.live
def test_a_record_of_before_that_says_nothing_of_it_is_unknown_still():
    """As on its day: that another Prometheus answers for it is no evidence."""
    with replay.replaying([web(1_600_000_000.0)]) as prometheus:
        found = prometheus.measure(COUNTED, Window(Phase.FAULT, 1_600_000_000.0, 1_600_000_020.0))
    assert any("does not watch itself" in one for one in found.problems)


@pytest.mark.live
def test_a_restart_is_seen_under_whatever_job_it_scrapes_itself(server, exporter):
    """Of itself it has no samples under the job `prometheus`: its own word is enough."""
    endpoint = server.endpoint
    other = "sum(requests_total @ $end)"
    with endpoint.session:
        prometheus = Prometheus(endpoint, interval=0.4)
        prometheus.ask = hiding(prometheus.ask)
        began = time.time()
        time.sleep(3)
        window = Window(Phase.FAULT, began, time.time())
        prometheus.settle(window.end)
        calm = prometheus.measure(replace(COUNTED, total=other), window)
        assert calm.problems == ()
        server.stop()
        server.start()
        window = Window(Phase.FAULT, began, time.time())
        prometheus.settle(window.end)
        found = prometheus.measure(replace(COUNTED, total=other), window)
    assert any("Prometheus restarted" in one for one in found.problems), found


def hiding(ask):
    """A Prometheus whose own job is called otherwise, so that nothing is found under `prometheus`."""
    return lambda query, at: [] if 'job="prometheus"' in query else ask(query, at)
