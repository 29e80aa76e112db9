"""What Kubernetes itself tells of a while, from an API server as it answers."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from slaharness.cluster.api import Api
from slaharness.model import FAULT, Event, Window
from slaharness.stack import told

NOW = float(int(time.time()))
WINDOW = Window(FAULT, NOW - 60, NOW - 30)


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def api(cluster: Any) -> Api:
    return cluster.info.api()


def say(cluster: Any, at: float, name: str, space: str = "persistence", **more: Any) -> None:
    """One event on ``cassandra-0``."""
    about = {"kind": "Pod", "name": "cassandra-0", "namespace": space}
    cluster.objects["events", space, name] = {
        "metadata": {"name": name, "namespace": space}, "involvedObject": about, "type": "Normal",
        "reason": "Killing", "message": "Stopping\ncontainer", "lastTimestamp": stamp(at), **more,
    }  # fmt: skip


def test_events_of_the_window_are_told_in_their_order(cluster: Any, api: Api) -> None:
    """What came before or after is left out; a warning is called so, and what repeats is counted."""
    say(cluster, NOW - 40, "b", type="Warning", reason="BackOff", message="restarting", count=4)
    say(cluster, NOW - 50, "a")
    for name, at, space in (
        ("c", NOW - 90, "persistence"),
        ("d", NOW, "persistence"),
        ("e", NOW - 40, "load"),
    ):
        say(cluster, at, name, space)
    assert told.events(api, ("persistence", "application"), WINDOW) == (
        Event(NOW - 50, "Killing", "Pod persistence/cassandra-0: Stopping container"),
        Event(NOW - 40, "Warning BackOff", "Pod persistence/cassandra-0: restarting (4 times)"),
    )


def test_a_storm_of_events_is_cut_and_says_so(
    cluster: Any, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record does not grow without end."""
    monkeypatch.setattr(told, "EVENTS", 2)
    for number in range(5):
        say(cluster, NOW - 50 + number, f"e{number}")
    found = told.events(api, ("persistence",), WINDOW)
    assert [one.at for one in found[:2]] == [NOW - 50, NOW - 49]
    assert found[2:] == (Event(WINDOW.end, "more", "3 are left out"),)


def test_an_event_without_a_time_is_not_told(cluster: Any, api: Api) -> None:
    """Nobody knows whether it is of the window; one of the newer kind has its time elsewhere."""
    say(cluster, 0, "a", lastTimestamp=None)
    say(cluster, 0, "b", lastTimestamp=None, eventTime=stamp(NOW - 45).replace("Z", ".000000Z"))
    assert [one.at for one in told.events(api, ("persistence",), WINDOW)] == [NOW - 45]


def test_logs_of_the_window_are_kept_by_pod_and_container(cluster: Any, api: Api, tmp_path: Path) -> None:
    """The API knows no end of a log: what was said after the window is cut."""
    lines = [f"{stamp(at)[:-1]}.5Z said {word}\n" for at, word in ((NOW - 45, "within"), (NOW - 10, "later"))]
    cluster.logs["persistence", "cassandra-0"] = "".join(lines)
    told.save_logs(api, ("persistence",), WINDOW, tmp_path)
    assert (tmp_path / "persistence/cassandra-0/main.log").read_text() == lines[0]
    assert (
        tmp_path / "persistence/cassandra-1/main.log"
    ).read_text() == "no log: the API server refused: 404 Not Found: status 404\n"
    (asked,) = [path for _, path in cluster.requests if "cassandra-0/log" in path]
    assert 60 <= int(asked.partition("sinceSeconds=")[2].partition("&")[0]) < 3600
    assert f"tailLines={told.LINES}" in asked
    assert f"limitBytes={told.BYTES}" in asked


def test_of_a_pod_that_restarted_both_lives_are_told(cluster: Any, api: Api, tmp_path: Path) -> None:
    """Why it died stands at the end of the first."""
    cluster.objects["pods", "persistence", "cassandra-0"]["status"]["containerStatuses"][0][
        "restartCount"
    ] = 1
    cluster.logs["persistence", "cassandra-0"] = f"{stamp(NOW - 45)} said\n"
    told.save_logs(api, ("persistence",), WINDOW, tmp_path)
    text = (tmp_path / "persistence/cassandra-0/main.log").read_text()
    assert text.count("said") == 2
    assert "# restarted\n" in text
