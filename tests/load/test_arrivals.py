"""Arrivals in real Locust: they come as planned, whatever the server does, and none goes uncounted."""

import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from slaharness.host.wait import pause, until

HERE = Path(__file__).parent
STEADY_MIX = HERE.parents[1] / "loadprofiles/steady-mix.py"
OFFERED, STARTED, OVERFLOWED = (
    f"loadgen_arrivals_{kind}_total" for kind in ("offered", "started", "overflowed")
)


@pytest.fixture
def begin(stub, locust, server, tmp_path):
    """Start the profile with both its users at work; what it sends goes to the server."""

    def start(**env):
        (tmp_path / "begin").touch()
        return locust(HERE / "planned.py", server.url, stub.free_port(), tmp_path, **{"ROOM": "400"} | env)

    return start


def ended(load, count):
    until(lambda: load.state()["requests"] >= count, within=30, what=f"{count} requests have ended")


def stall(server, seconds):
    """Let no request through for so long; when that was, on the clock of the ledger."""
    began = time.time()
    server.weather.flowing.clear()
    pause(seconds)
    server.weather.flowing.set()
    return began, time.time()


def halt(load, seconds):
    """Keep Locust itself from doing anything."""
    load.process.send_signal(signal.SIGSTOP)
    pause(seconds)
    load.process.send_signal(signal.SIGCONT)


def waited(row):
    return row.finished - row.intended


def test_a_stall_is_seen_by_all_who_would_have_come_meanwhile(begin, server):
    """Users that wait for answers would send one request each into a stall of two seconds, and no more; of 50
    arrivals a second a hundred come into it, and wait from two seconds down to none."""
    with begin() as load:
        ended(load, 50)
        start, end = stall(server, 2)
        load.stop()
        rows = load.ledger().requests
    meant = [row for row in rows if start < row.intended < end]
    assert len(meant) == pytest.approx((end - start) * 50, abs=3)
    assert sum(row.sent < end for row in meant) > 0.8 * len(meant), "they waited for the server"
    assert all(row.finished >= end for row in meant if row.sent > start)
    for least in (0.5, 1.0, 1.5):
        slow = [row for row in meant if waited(row) >= least]
        assert len(slow) >= (end - start - least) * 50 - 3


def test_prometheus_and_the_ledger_time_from_the_planned_instant(begin):
    """Locust halted for a second and a half has no slow answers, only late requests; both count them as slow,
    bucket for bucket."""
    with begin() as load:
        ended(load, 20)
        halt(load, 1.5)
        ended(load, 100)
        load.stop()
        rows = load.ledger().requests
        buckets = load.counts("loadgen_request_duration_seconds_bucket")
    for bound in (0.05, 0.5, 1.0, 2.0):
        within = sum(row.name == "look at" and round(waited(row), 6) <= bound for row in rows)
        assert buckets[str(bound), "look at", "ok"] == within
    assert buckets["1.0", "look at", "ok"] <= buckets["+Inf", "look at", "ok"] - 15


def test_who_finds_no_room_has_failed(begin, server):
    """With the server stalled and room for ten, the eleventh is neither dropped nor kept waiting."""
    with begin(ROOM="10") as load:
        ended(load, 20)
        stall(server, 2)
        load.stop()
        rows = load.ledger().requests
        offered, started, overflowed = (load.counts(kind) for kind in (OFFERED, STARTED, OVERFLOWED))
        state = load.state()["arrivals"]
    turned = [row for row in rows if row.status == 0]
    assert {(row.name, row.operation, row.outcome) for row in turned} == {
        ("look at", "read", "fail"),
        ("put down", "write", "fail"),
    }
    assert all(row.sent == row.finished for row in turned)
    assert Counter(row.name for row in turned) == {
        "look at": overflowed[("Looker",)],
        "put down": overflowed[("Writer",)],
    }
    assert len(turned) >= 60
    assert offered == {user: started[user] + overflowed[user] for user in offered}
    assert state["offered"] == sum(offered.values()) == len(rows)


def test_the_plan_is_kept_by_count(begin):
    """Each class has its rate, and what the ledger says was meant is what the counters offered."""
    with begin() as load:
        ended(load, 150)
        load.stop()
        rows = load.ledger().requests
        offered = load.counts(OFFERED)
    reads = sorted(row.intended for row in rows if row.name == "look at")
    assert (len(reads) - 1) / (reads[-1] - reads[0]) == pytest.approx(40, rel=0.03)
    assert offered == {("Looker",): len(reads), ("Writer",): len(rows) - len(reads)}
    assert offered[("Looker",)] == pytest.approx(4 * offered[("Writer",)], abs=8)


def test_workers_share_the_rate(begin):
    """Each of two sends half."""
    with begin(WORKERS="2") as load:
        ended(load, 80)
        load.stop()
        reads = sorted(row.intended for row in load.ledger().requests if row.name == "look at")
    assert (len(reads) - 1) / (reads[-1] - reads[0]) == pytest.approx(20, rel=0.03)


def test_only_the_first_request_of_an_arrival_has_a_plan(begin, server):
    """What it sends afterwards is meant for when it is sent."""
    with begin(TWICE="yes") as load:
        ended(load, 50)
        stall(server, 1)
        load.stop()
        again = [row for row in load.ledger().requests if row.name == "look again"]
    assert again
    assert all(row.intended == row.sent for row in again)


def test_counters_are_at_zero_until_arrivals_begin(stub, locust, tmp_path):
    """Prometheus sees the first of them, and a profile that is not ready yet owes nobody anything."""
    profile = tmp_path / "later.py"
    profile.write_text((HERE / "planned.py").read_text())
    (folder := tmp_path / "run").mkdir()
    with locust(profile, "http://127.0.0.1:1", stub.free_port(), folder, ROOM="1") as load:
        until(lambda: load.state()["arrivals"]["started"], within=20, what="the writer has begun")
        for kind in (OFFERED, STARTED, OVERFLOWED):
            assert load.counts(kind)[("Looker",)] == 0
        assert load.stop()["arrivals"]["offered"] == len(load.ledger().requests)


def test_a_profile_that_fails_in_an_arrival_says_so(stub, locust, tmp_path):
    """An exception in the profile's own code shows in the state, though no user of Locust's died of it."""
    broken = tmp_path / "broken.py"
    broken.write_text(
        "from locust import task\n"
        "from slaharness.load.arrivals import Arrivals\n"
        "class Broken(Arrivals):\n"
        "    rate = 20\n"
        "    @task\n"
        "    def fail(self): raise ValueError('no such station')\n"
    )
    (folder := tmp_path / "run").mkdir()
    with locust(broken, "http://127.0.0.1:1", stub.free_port(), folder) as load:
        state = until(lambda: (s := load.state())["errors"] > 3 and s, within=10, what="errors show")
        assert state["error"] == "ValueError: no such station"


def test_a_load_generator_that_was_starved_owns_up_and_makes_up(stub, locust, server, tmp_path):
    """Locust itself is halted for two and a half seconds: its arrivals then come at once, late by their plan,
    and none is missing."""
    with locust(STEADY_MIX, server.url, stub.free_port(), tmp_path, RUN_ID="r8") as load:
        ended(load, 100)
        halt(load, 2.5)
        ended(load, 250)
        counts = load.stop()["arrivals"]
        rows = load.ledger().requests
    assert counts["started"] == counts["offered"] == sum(row.name != "set limits" for row in rows)
    assert sum(row.sent - row.intended > 0.5 for row in rows) >= 60
