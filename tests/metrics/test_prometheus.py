"""What is measured from a real Prometheus, against counts that are known, well and broken."""

import json
import math
import time
from dataclasses import replace
from urllib.parse import unquote

import pytest
import requests

from slaharness.cluster.api import Endpoint
from slaharness.errors import NotYet
from slaharness.metrics import start_time
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import Measurement, Objective, Outcome, Phase, Timeslice, Window
from slaharness.objectives.judge import judge

#: Seconds between two scrapes of the fixtures' Prometheus.
INTERVAL = 0.4
#: Ten scrapes of the fixtures' Prometheus.
SECONDS = 4.0
OK, FAIL = 'outcome="ok"', 'outcome="fail"'


def measured(prometheus: Prometheus, objective: Objective, *happenings) -> Measurement:
    """Measure a window in whose middle the happenings take place, each a callable."""
    start = time.time()
    time.sleep(SECONDS / 3)
    for happening in happenings:
        happening()
    time.sleep(max(0.0, start + SECONDS - time.time()))
    window = Window(Phase.FAULT, start, time.time())
    prometheus.settle(window.end)
    return prometheus.measure(objective, window)


@pytest.mark.live
def test_a_count_is_exact(prometheus, exporter, availability):
    """What clients counted inside the window is what is measured, to the last request."""

    def requests_are_made():
        exporter.counts[OK] += 1995
        exporter.counts[FAIL] += 5

    found = measured(prometheus, availability, requests_are_made)
    assert found.problems == ()
    assert (found.good, found.total, found.value) == (1995, 2000, 0.9975)
    assert judge(availability, found).outcome is Outcome.MET
    assert found.evidence["requests_total: series"] == 2
    assert found.evidence["requests_total: samples promised"] == 10
    assert found.evidence["job load: up changes"] == 0


@pytest.mark.live
def test_a_job_is_watched_once_it_is_scraped(prometheus, exporter):
    """A run waits for scrapes of its load before its first window; that they never come is said."""
    prometheus.watching("load", within=5)
    exporter.broken = True
    time.sleep(3 * INTERVAL)
    with pytest.raises(NotYet, match="until Prometheus scrapes load"):
        prometheus.watching("load", within=0.5)


@pytest.mark.live
def test_samples_are_kept_for_the_record(prometheus, availability):
    """The samples behind an objective can be had as plain values, with the times they were scraped at."""
    end = time.time()
    kept = {
        (one.labels["__name__"], one.labels.get("outcome")): one
        for one in prometheus.series([availability], end - 2, end)
    }
    assert {name for name, _ in kept} == {
        "requests_total", "up", "scrape_duration_seconds", "process_start_time_seconds",
        start_time.NAME,
    }  # fmt: skip
    counter = kept["requests_total", "ok"]
    assert {value for _, value in counter.samples} == {1000.0}
    assert all(end - 2 < at <= end for at, _ in counter.samples)


@pytest.mark.live
def test_a_dead_prometheus_is_unknown(prometheus, server, availability):
    """When Prometheus is gone, nothing is measured and nothing is concluded."""
    found = measured(prometheus, availability, server.stop)
    assert found.value is None
    assert "Prometheus did not answer" in found.problems[0]
    assert judge(availability, found).outcome is Outcome.UNKNOWN


@pytest.mark.live
def test_a_prometheus_restarted_inside_the_window_is_unknown(prometheus, server, exporter, availability):
    """It answers as if nothing had been; but what was not scraped meanwhile is not known."""

    def restart():
        server.stop()
        server.start()

    found = measured(prometheus, availability, restart)
    assert any("Prometheus restarted" in problem for problem in found.problems), found
    assert judge(availability, found).outcome is Outcome.UNKNOWN


@pytest.mark.live
def test_a_series_that_appears_inside_the_window_is_unknown(prometheus, exporter, availability):
    """PromQL counts it as if it had begun at zero; nobody knows whether it did."""
    found = measured(prometheus, availability, lambda: exporter.counts.update({'outcome="unknown"': 3}))
    assert any("no sample at the window's start" in problem for problem in found.problems)
    assert judge(availability, found).outcome is Outcome.UNKNOWN


@pytest.mark.live
def test_a_counter_that_begins_again_is_reported(prometheus, exporter, availability):
    """The load's process restarted: the difference of its counters is no count of requests."""
    found = measured(prometheus, availability, lambda: exporter.counts.update({OK: 1, FAIL: 0}))
    assert any("began again from zero inside the window, 2 in all" in problem for problem in found.problems)
    assert found.evidence["requests_total: resets"] == 2
    assert judge(availability, found).outcome is Outcome.UNKNOWN


@pytest.mark.live
@pytest.mark.parametrize("strange", [math.nan, math.inf])
def test_a_count_that_is_no_number_is_unknown(prometheus, exporter, availability, strange):
    """What a target says is kept by Prometheus as it is, and believed by nobody here."""
    found = measured(prometheus, availability, lambda: exporter.counts.update({OK: strange}))
    assert any(f"a sample is {strange}" in problem for problem in found.problems)
    assert judge(availability, found).outcome is Outcome.UNKNOWN


@pytest.mark.live
@pytest.mark.parametrize("clock", [-1.0, 1.0])
def test_a_target_that_sends_times_along_is_unknown(prometheus, exporter, availability, clock):
    """Its node's clock says when it counted, and nobody knows how far that is from ours."""
    exporter.clock = clock
    time.sleep(5 * INTERVAL)
    found = measured(prometheus, availability)
    assert any("job load stamps its samples with a clock of its own" in one for one in found.problems), found
    assert judge(availability, found).outcome is Outcome.UNKNOWN


@pytest.mark.live
def test_a_threshold_between_two_buckets_is_unknown(prometheus, availability):
    """The reason is the bucket that the histogram lacks, with those it has."""
    between = 'sum(took_bucket{le="0.7"} @ $end) - sum(took_bucket{le="0.7"} @ $start)'
    found = measured(prometheus, replace(availability, good=between))
    assert found.problems[0] == 'took_bucket{le="0.7"}: no such bucket; the histogram\'s bounds are 0.5, +Inf'


@pytest.mark.live
def test_slices_are_counted_exactly(prometheus, exporter, availability):
    """Failures in the first slice are in no other."""

    def requests_are_made():
        exporter.counts[OK] += 90
        exporter.counts[FAIL] += 10
        time.sleep(2)
        exporter.counts[OK] += 100

    sliced = replace(availability, timeslice=Timeslice(2.0, 0.95), target=0.5)
    found = measured(prometheus, sliced, requests_are_made)
    assert found.problems == ()
    assert found.slices == ((90, 100), (100, 100))
    assert judge(sliced, found).outcome is Outcome.MET


@pytest.mark.live
def test_a_target_that_stops_answering_is_unknown(prometheus, exporter, availability):
    """A load whose metrics are gone may be doing anything."""
    found = measured(prometheus, availability, lambda: setattr(exporter, "broken", True))
    assert found.value is None
    assert any("missing at the window's end" in problem for problem in found.problems)
    assert found.evidence["job load: scrapes failed"] >= 5
    assert judge(availability, found).outcome is Outcome.UNKNOWN


@pytest.mark.live
def test_a_query_that_prometheus_refuses_is_a_problem(prometheus, availability):
    """What this Prometheus cannot parse, newer functions say, ends in a named problem and no traceback."""
    with pytest.raises(Exception, match=r"did not answer: it refused the query: .*parse error"):
        prometheus.ask("nonsense(", time.time())


def test_an_answer_that_is_no_result_is_a_problem(monkeypatch, availability):
    """A login page or a proxy's own words are no measurement."""

    def answer(*_args, **_kwargs):
        response = requests.Response()
        response.status_code, response._content = 200, b'{"data": {"result": [{"metric": {}}]}}'
        return response

    with requests.Session() as session:
        prometheus = Prometheus(Endpoint("http://127.0.0.1:1", session))
        monkeypatch.setattr(session, "request", answer)
        found = prometheus.measure(availability, Window(Phase.FAULT, 1000.0, 1060.0))
    assert found.value is None
    assert "no result of a query" in found.problems[0]


def test_a_clock_that_is_behind_is_a_problem(monkeypatch, availability):
    """Windows are told by our clock and samples by its: apart, they are not the same windows."""

    def send(request, **_kwargs):
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, request.url
        asked = "vector" in unquote(request.url)
        result = [{"metric": {}, "value": [0, str(time.time() - 3)]}] if asked else []
        response._content = json.dumps({"data": {"result": result}}).encode()
        return response

    with requests.Session() as session:
        prometheus = Prometheus(Endpoint("http://127.0.0.1:1", session))
        monkeypatch.setattr(session.get_adapter("http://127.0.0.1:1"), "send", send)
        found = prometheus.measure(availability, Window(Phase.FAULT, 1000.0, 1060.0))
    assert found.problems[0] == "Prometheus's clock is 3.0 s behind the harness's"
    assert found.evidence["Prometheus's clock ahead of ours, seconds at least"] == pytest.approx(-3, abs=0.5)


def test_a_warning_is_a_problem(monkeypatch, availability):
    """Prometheus warns when it could read only some of its data; half an answer is none."""

    def send(request, **_kwargs):
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, request.url
        response._content = b'{"data": {"result": []}, "warnings": ["one block was left out"]}'
        return response

    with requests.Session() as session:
        prometheus = Prometheus(Endpoint("http://127.0.0.1:1", session))
        monkeypatch.setattr(session.get_adapter("http://127.0.0.1:1"), "send", send)
        found = prometheus.measure(availability, Window(Phase.FAULT, 1000.0, 1060.0))
    assert found.problems == ("Prometheus warns: one block was left out",)


def test_a_glance_disturbs_nothing_that_judges(monkeypatch):
    """Its warnings are not those of a measurement under way; what has no answer is left out."""
    session = requests.Session()
    prometheus = Prometheus(Endpoint("http://127.0.0.1:1", session))
    assert prometheus.glance({"a": "vector(1)"}) == {}
    found = [{"metric": {"glance": name}, "value": [1, value]} for name, value in (("a", "2"), ("b", "NaN"))]
    asked = []

    def get(url, params, timeout):
        asked.append((url, params["query"]))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = json.dumps({"data": {"result": found}, "warnings": ["w"]}).encode()
        return answer

    monkeypatch.setattr(prometheus._aside, "get", get)
    assert prometheus.glance({"a": "x", "b": "y"}) == {"a": 2.0}
    query = 'label_replace(x, "glance", "a", "", "") or label_replace(y, "glance", "b", "", "")'
    assert asked == [("http://127.0.0.1:1/api/v1/query", query)]
    assert prometheus._aside.hooks == {"response": []}
    assert len(session.hooks["response"]) == 1
