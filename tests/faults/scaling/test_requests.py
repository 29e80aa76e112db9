"""Questions through the API server's proxy, put to a real HTTP server on loopback in its place."""

import time

import pytest

from slaharness.events import FIRST_SUCCESS, REFUSED
from slaharness.faults.scaling import requests
from slaharness.faults.scaling.requests import Question, at_rate, until_answered
from slaharness.faults.scaling.watch import Watch

QUESTION = Question("application", "edge:80", "/stations/x/forecast", "station x")
PATH = "/api/v1/namespaces/application/services/edge:80/proxy/stations/x/forecast"


@pytest.fixture
def api(proxied):
    """A client of a server that answers from ``answers`` (status, text, seconds), the last one for ever."""
    asked, answers = [], []

    def answer(path, _):
        asked.append(path)
        status, text, seconds = answers.pop(0) if len(answers) > 1 else answers[0]
        time.sleep(seconds)
        return status, text

    core = proxied(answer)
    core.asked, core.answers = asked, answers
    return core


@pytest.mark.parametrize(
    ("status", "text", "refused"),
    [
        (200, "for station x: 12 degrees", ""),
        (404, "station x has sent no reading", ""),
        (200, "Not what was asked for", "200: Not what was asked for"),
        (503, "nobody is ready", "503: nobody is ready"),
    ],
)
def test_an_answer_is_good_when_it_says_what_only_the_service_knows(api, status, text, refused):
    """Whatever its status: an edge that answers by itself is no service."""
    api.answers[:] = [(status, text, 0)]
    assert QUESTION.ask(api) == refused
    assert api.asked == [PATH]


@pytest.mark.parametrize(("status", "good"), [(200, True), (204, True), (404, False), (503, False)])
def test_where_no_text_is_named_the_status_tells(api, status, good):
    """An edge that gave up waiting answers as well."""
    api.answers[:] = [(status, "this service did not wake in time" if status != 204 else "", 0)]
    assert (Question("application", "edge:80", "/stations/x/forecast", "").ask(api) == "") is good


def test_work_that_is_hardly_any_is_done_once(api):
    """A request an hour, for a second: one."""
    api.answers[:] = [(200, "station x", 0)]
    assert at_rate(QUESTION, api, Watch(), rate=1 / 3600, seconds=1) == 1


def test_each_refusal_counts_until_there_is_an_answer(api):
    """Somebody who was turned away twice was turned away twice."""
    api.answers[:] = [(503, "no", 0), (503, "no", 0), (200, "station x", 0)]
    seen = Watch()
    assert until_answered(QUESTION, api, seen, within=10)
    assert [event["name"] for event in seen.events] == [REFUSED, REFUSED, FIRST_SUCCESS]


def test_no_answer_in_time_is_not_one(api):
    """The limit holds."""
    api.answers[:] = [(503, "no", 0)]
    seen = Watch()
    assert not until_answered(QUESTION, api, seen, within=0.5)
    assert FIRST_SUCCESS not in {event["name"] for event in seen.events}


def test_slow_answers_do_not_slow_the_asking(api):
    """Ten a second are asked in a second, also when each answer takes half of one."""
    api.answers[:] = [(200, "station x", 0.5)]
    began = time.monotonic()
    assert at_rate(QUESTION, api, Watch(), rate=10, seconds=1) == 10
    assert time.monotonic() - began < 3


def test_asking_that_falls_behind_its_plan_is_a_problem(api, monkeypatch):
    """One request at a time, each a second long, is not what was planned."""
    monkeypatch.setattr(requests, "AT_ONCE", 1)
    monkeypatch.setattr(requests, "BEHIND", 0.5)
    api.answers[:] = [(200, "station x", 1.0)]
    seen = Watch()
    at_rate(QUESTION, api, seen, rate=3, seconds=1)
    (problem,) = seen.problems
    assert problem.startswith("work fell behind its plan by 1.")
