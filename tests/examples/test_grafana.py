"""The dashboard for Grafana: sound by Grafana's own models, and each of its questions has an answer."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from judged import of_a_week

from slaharness.host.wait import until
from slaharness.metrics import process
from slaharness.model import Outcome
from slaharness.report.outward.figures import MEANINGS
from slaharness.report.outward.send import Receiver, send

ROOT = Path(__file__).parents[2]
FILE = ROOT / "examples/grafana/slaharness.json"
DASHBOARD = json.loads(FILE.read_text())
#: Every query, by its panel and whether it asks for a range.
QUERIES = [
    (panel["title"], target["expr"], target["range"])
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
]
MET, UNKNOWN, MISSED = Outcome.MET, Outcome.UNKNOWN, Outcome.MISSED
WEEK = (MET, MET, MISSED, MET, UNKNOWN, MET, MISSED)


def test_grafana_knows_all_of_it() -> None:
    """Read by the models that are made from Grafana's schema, nothing is lost or becomes something else."""
    register_default_plugins()
    known = json.loads(JSONEncoder().encode(Dashboard.from_json(DASHBOARD)))
    assert [*_lost(DASHBOARD, known, "")] == []


def _lost(given: Any, known: Any, place: str) -> Iterator[str]:
    match given, known:
        case dict(), dict():
            for name, value in given.items():
                yield from _lost(value, known.get(name, "nothing"), f"{place}.{name}")
        case list(), list() if len(given) == len(known):
            for at, (one, other) in enumerate(zip(given, known, strict=True)):
                yield from _lost(one, other, f"{place}[{at}]")
        case _ if given != known:
            yield f"{place}: {given!r} is {known!r} to Grafana"


def test_panels_are_apart_and_ask_for_what_is_sent() -> None:
    """None lies on another, each has an id of its own, and no metric is misspelt."""
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    asked = {name for _, query, _ in QUERIES for name in re.findall(r"slaharness_\w+", query)}
    assert asked == set(MEANINGS) - {"slaharness_requests"}


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real Prometheus that was sent a week of nights, the last one just now."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "config.yaml").write_text("storage: {tsdb: {out_of_order_time_window: 30d}}")
    port = process.free_port()
    url = f"http://127.0.0.1:{port}"
    program = process.launch(folder, port, "--web.enable-remote-write-receiver")
    try:
        until(lambda: _answers(url), within=60, every=0.1, what="Prometheus answers")
        for store in of_a_week(folder / "reports", time.time() - 5, WEEK):
            send(store, Receiver(f"{url}/api/v1/write", "remote-write"))
        yield url
    finally:
        program.kill()
        program.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=2).ok
    except requests.RequestException:
        return False


def ask(url: str, query: str, *, over: bool) -> list[Mapping[str, Any]]:
    """As Grafana does for the last 30 days, in steps of an hour."""
    for name, value in (("$scenario", ".*"), ("$__range", "30d"), ("$__interval", "1h")):
        query = query.replace(name, value)
    now = time.time()
    span = {"start": f"{now - 8 * 86400:.3f}", "end": f"{now:.3f}", "step": "3600"}
    path, times = ("query_range", span) if over else ("query", {"time": f"{now:.3f}"})
    answer = requests.get(f"{url}/api/v1/{path}", params={"query": query, **times}, timeout=20).json()
    assert answer["status"] == "success", answer
    found: list[Mapping[str, Any]] = answer["data"]["result"]
    return found


@pytest.mark.parametrize(("title", "query", "over"), QUERIES)
def test_each_question_has_an_answer(prometheus: str, title: str, query: str, over: bool) -> None:  # noqa: FBT001  # a parameter of the case
    """In a real Prometheus that holds what we sent."""
    found = ask(prometheus, query, over=over)
    assert found, title
    if over:  # one point a night, and not one that stays for hours
        assert all(len(one["values"]) <= len(WEEK) for one in found)


def values(url: str, title: str, at: int = 0) -> list[float]:
    queries = [(query, over) for name, query, over in QUERIES if name == title]
    query, over = queries[at]
    return [float(one["value"][1]) for one in ask(url, query, over=over)]


def test_the_numbers_are_those_of_the_runs(prometheus: str) -> None:
    """The newest run was MISSED; four of seven nights held; each of six knew what it burnt."""
    assert [values(prometheus, title) for title in ("MISSED", "UNKNOWN", "MET")] == [[1], [0], [0]]
    assert sorted(values(prometheus, "How often each promise holds")) == [pytest.approx(4 / 7), 1]
    assert values(prometheus, "How often each promise holds", 1) == [7, 7]
    assert values(prometheus, "Seen beside target") == [0.97]
    assert values(prometheus, "Seen beside target", 1) == [0.99]
    assert values(prometheus, "Error budget: spent of the period's") == [pytest.approx(0.0006)]
    (query,) = (query for title, query, _ in QUERIES if title == "History")
    (history,) = ask(prometheus, query, over=True)
    assert [float(value) for _, value in history["values"]] == [0, 0, 2, 0, 1, 0, 2]
