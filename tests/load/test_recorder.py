"""The recorder inside real Locust, against real HTTP that fails in every way."""

from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
import requests
from ledgers import SCHEMA

from slaharness.cluster.api import Endpoint
from slaharness.errors import LoadTrouble
from slaharness.host.wait import pause, until
from slaharness.ledger import checker
from slaharness.load.manifest import TOKEN
from slaharness.load.worker import Worker

HERE = Path(__file__).parent
STEADY_MIX = HERE.parents[1] / "loadprofiles/steady-mix.py"


@pytest.fixture(scope="module", params=["fast", "slow"])
def ended(request, stub, locust, tmp_path_factory):
    """Locust after many requests of every outcome, by either of its HTTP clients; and what had arrived."""
    folder = tmp_path_factory.mktemp(request.param)
    nobody = f"http://127.0.0.1:{stub.free_port()}"
    with (
        stub.serving() as server,
        locust(
            HERE / "outcomes.py", server.url, stub.free_port(), folder, KIND=request.param, NOBODY=nobody
        ) as load,
    ):
        until(lambda: load.state()["requests"] > 100, within=30, what="100 requests have ended")
        load.stop()
        yield load, server.weather


@pytest.mark.parametrize("verb", ["read", "write"])
@pytest.mark.parametrize(
    ("fault", "outcomes"),
    [
        ("none", {"ok"}),
        ("503", {"fail"}),
        ("drop", {"unknown"}),
        ("cut", {"unknown"}),
        ("hang", {"unknown"}),
        ("refused", {"unknown"}),
    ],
)
def test_a_request_without_a_whole_answer_is_unknown_and_a_bad_answer_is_fail(ended, verb, fault, outcomes):
    """Only a whole good answer is ok; only a whole bad one is fail; all else may have been done."""
    load, _ = ended
    seen = {row.outcome for row in load.ledger().requests if row.name == f"{verb} {fault}"}
    assert seen == outcomes


def test_an_answer_that_the_profile_refuses_is_fail(ended):
    """It came whole, with 200, and was not what was asked for."""
    load, _ = ended
    refused = [row for row in load.ledger().requests if row.name == "read refused by the profile"]
    assert {(row.outcome, row.status) for row in refused} == {("fail", 200)}


def test_counters_and_ledger_hold_the_same_events(ended):
    """Prometheus and the ledger are two accounts of the very same requests, none lost between them."""
    load, _ = ended
    rows = Counter((row.name, row.outcome) for row in load.ledger().requests)
    counted = load.counts("loadgen_requests_total")
    assert {key: value for key, value in counted.items() if value} == rows
    assert load.counts("loadgen_request_duration_seconds_count") == counted


def test_nothing_is_sent_twice_behind_the_counters_back(ended):
    """A read whose connection is dropped arrives as often as it is counted: no silent second try."""
    load, weather = ended
    counted = Counter(row.name for row in load.ledger().requests)
    for fault in ("none", "503", "drop", "cut", "hang"):
        assert weather.arrived[f"GET /stations/try-0/current?{fault}"] == counted[f"read {fault}"]


def test_every_write_that_arrived_is_in_the_ledger(ended):
    """Stopping waits for what is in flight, so the readback can hold nothing that the ledger lacks."""
    load, weather = ended
    written = {row.key for row in load.ledger().requests if row.operation == "write"}
    assert weather.readings["try-0"].keys() <= written


def test_latencies_are_those_of_the_clients(ended):
    """A request that hangs is as long as its client waited; a refused one is over at once."""
    load, _ = ended
    took = {row.name: row.finished - row.sent for row in load.ledger().requests}
    assert 0.3 <= took["read hang"] < 3.0
    assert took["read refused"] < 3.0


@pytest.mark.parametrize("shown", [{}, {TOKEN: ""}, {TOKEN: "another load's"}, {TOKEN: "\xfc"}], ids=repr)
@pytest.mark.parametrize(("method", "path"), [("GET", "ledger"), ("GET", "state"), ("POST", "stop")])
def test_only_whoever_began_a_load_may_end_it_or_fetch_what_it_saw(ended, method, path, shown):
    """Whoever else reaches its port, from a pod beside it, is refused; counters are for any Prometheus."""
    load, _ = ended
    answer = requests.request(method, f"{load.url}/{path}", headers=shown, timeout=5)
    assert answer.status_code == 403
    assert "only whoever began this load" in answer.text
    assert requests.get(f"{load.url}/metrics", timeout=5).ok


class Reached:
    """An API server that leads to the recorder itself."""

    def __init__(self, url):
        self.endpoint = lambda *_, **__: Endpoint(url, requests.Session())
        self.core = SimpleNamespace(list_namespaced_pod=lambda *_, **__: SimpleNamespace(items=[]))


def test_the_harness_shows_the_token_that_it_began_the_load_with(ended):
    """A harness that lost it, or that never had it, is told so in one line."""
    load, _ = ended
    api = Reached(load.url)
    assert Worker(api, "load", "locust", "this load's own").state()["requests"] > 0
    with pytest.raises(LoadTrouble, match=r"asked locust for state, got .*403"):
        Worker(api, "load", "locust", "another's").state()


ODD = """
import time
from locust import User, constant, task
class Odd(User):
    wait_time = constant(0.1)
    @task
    def take(self):
        fire = self.environment.events.request.fire
        fire(request_type="QUEUE", name="bare", response_time=20, response_length=0,
             exception=ValueError("no"))
        fire(request_type="QUEUE", name="empty", response_time=None, response_length=0)
        fire(request_type="QUEUE", name="other clock", response_time=5, response_length=0,
             start_time=time.perf_counter(), context=None)
        fire(request_type="GET", name="kept", response_time=5, response_length=0,
             start_time=time.time() - 0.005, context={"key": 7, "operation": "other"})
"""


def test_every_event_that_locust_counts_is_in_counters_and_ledger(stub, locust, tmp_path):
    """All but type, name and time are optional in Locust's event; a time of another clock is none."""
    (odd := tmp_path / "odd.py").write_text(ODD)
    (run := tmp_path / "run").mkdir()
    with locust(odd, "http://127.0.0.1:1", stub.free_port(), run) as load:
        until(lambda: load.state()["requests"] > 20, within=30, what="20 events")
        ended, ledger = load.stop(), load.ledger()
    rows = ledger.requests
    assert (ended["errors"], len(rows)) == (0, ended["requests"])
    assert {(row.name, row.operation, row.key, row.outcome) for row in rows} == {
        ("bare", "write", "", "unknown"),
        ("empty", "write", "", "ok"),
        ("other clock", "write", "", "ok"),
        ("kept", "other", "7", "ok"),
    }
    assert max(row.finished for row in rows) - min(row.finished for row in rows) < 60
    assert {round(row.finished - row.sent, 3) for row in rows} == {0.02, 0.0, 0.005}


@pytest.mark.parametrize(
    "fault", ['context={"operation": "upsert"}', 'context={"key": "a\\nb"}', "start_time='x'"]
)
def test_an_event_that_cannot_be_recorded_is_told(stub, locust, tmp_path, fault):
    """Locust logs what a listener raises and goes on: the run must know that its ledger is not whole."""
    profile = f"""
from locust import User, constant, task
class Odd(User):
    wait_time = constant(0.1)
    @task
    def take(self):
        self.environment.events.request.fire(
            request_type="PUT", name="a", response_time=1, response_length=0, {fault})
"""
    (odd := tmp_path / "odd.py").write_text(profile)
    (run := tmp_path / "run").mkdir()
    with locust(odd, "http://127.0.0.1:1", stub.free_port(), run) as load:
        until(lambda: load.state()["errors"] > 0, within=30, what="the recorder says that it failed")
        assert load.state()["error"].startswith("the recorder: ")


SHAPED = """
from locust import LoadTestShape, User, constant, task
class Reader(User):
    wait_time = constant(0.05)
    @task
    def page(self):
        self.environment.events.request.fire(request_type="GET", name="page", response_time=1,
                                             response_length=0)
class Steps(LoadTestShape):
    def tick(self):
        return (5, 5) if self.get_run_time() < END else None
"""


@pytest.mark.parametrize("end", [600, 4], ids=["stopped", "ends by itself"])
def test_a_shaped_load_stays_until_its_ledger_was_fetched(stub, locust, tmp_path, end):
    """Its shape is Locust's main loop: when that ended, so did Locust, and the ledger was gone."""
    (shaped := tmp_path / "shaped.py").write_text(SHAPED.replace("END", f"{end}"))
    (run := tmp_path / "run").mkdir()
    with locust(shaped, "http://127.0.0.1:1", stub.free_port(), run, RECORDER_LINGER="60") as load:
        until(lambda: load.state()["requests"] > 20, within=30, what="20 requests")
        pause(end if end < 60 else 0)
        ended = load.stop()
        assert (ended["drained"], len(load.ledger())) == (True, ended["requests"])
        assert load.process.wait(timeout=30) is not None


def test_all_series_exist_before_the_first_request(stub, locust, tmp_path):
    """Prometheus must see every counter at 0, or it misses the first of each kind."""
    idle = tmp_path / "idle.py"
    idle.write_text(
        "from locust import User, constant, task\n"
        "class Idle(User):\n"
        "    requests = ('one', 'two')\n"
        "    wait_time = constant(60)\n"
        "    @task\n"
        "    def nothing(self): pass\n"
    )
    (folder := tmp_path / "run").mkdir()
    with locust(idle, "http://127.0.0.1:1", stub.free_port(), folder) as load:
        zeros = {(name, outcome): 0.0 for name in ("one", "two") for outcome in ("ok", "fail", "unknown")}
        assert load.counts("loadgen_requests_total") == zeros
        assert load.counts("loadgen_request_duration_seconds_count") == zeros
        assert load.ledger().requests == ()


NAMELESS = """
from locust import HttpUser, constant, task

class Visitor(HttpUser):
    wait_time = constant(0.05)

    @task
    def page(self):
        self.client.get("/", name="page")
"""


def test_users_who_do_not_name_their_requests_have_every_series_from_the_first(stub, locust, tmp_path):
    """A first failure in the middle of a fault would otherwise begin a series, and be counted by nobody."""
    (profile := tmp_path / "mine.py").write_text(NAMELESS)
    (folder := tmp_path / "run").mkdir()
    with stub.serving() as server, locust(profile, server.url, stub.free_port(), folder) as load:
        until(lambda: load.state()["requests"] > 0, within=30, what="a request has ended")
        every = {("page", outcome) for outcome in ("ok", "fail", "unknown")}
        assert load.counts("loadgen_requests_total").keys() == every
        assert load.counts("loadgen_request_duration_seconds_count").keys() == every


def test_a_profile_that_fails_says_so(stub, locust, tmp_path):
    """An exception in the profile's own code shows in the state instead of as a quietly smaller load."""
    broken = tmp_path / "broken.py"
    broken.write_text(
        "from locust import User, constant, task\n"
        "class Broken(User):\n"
        "    wait_time = constant(0.1)\n"
        "    @task\n"
        "    def fail(self): raise ValueError('no such station')\n"
    )
    (folder := tmp_path / "run").mkdir()
    with locust(broken, "http://127.0.0.1:1", stub.free_port(), folder) as load:
        state = until(lambda: (s := load.state())["errors"] and s, within=10, what="an error shows")
        assert state["error"] == "ValueError: no such station"


def test_the_steady_mix_loses_nothing_on_a_stack_that_loses_nothing(stub, locust, server, tmp_path):
    """Stations post, users read what was posted, every request is good, and the check finds all writes."""
    with locust(STEADY_MIX, server.url, stub.free_port(), tmp_path, RUN_ID="r7") as load:
        until(lambda: load.state()["requests"] > 200, within=30, what="200 requests have ended")
        assert load.state()["users"] == 2
        load.stop()
        held = load.ledger()
    assert {row.outcome for row in held.requests} == {"ok"}
    names = {"post reading", "set limits", "read current", "read history", "read alerts"}
    assert {row.name for row in held.requests} == names
    rows = [reading for station in server.weather.readings.values() for reading in station.values()]
    figures = checker.check(held, [pa.RecordBatch.from_pylist(rows, schema=SCHEMA)])
    assert figures.attempted == figures.acknowledged == figures.read == len(rows) > 20
    assert not figures.examples
    assert {station[:3] for station in held.runs} == {"r7-"}
    assert len({(row["station"], row["at"]) for row in rows}) == len(rows)


def test_a_history_with_a_gap_is_no_good_answer(stub, locust, server, tmp_path):
    """A replica that missed readings while it was away, and is asked alone: users see what is not there."""
    server.weather.gap = True
    with locust(STEADY_MIX, server.url, stub.free_port(), tmp_path, RUN_ID="r8") as load:
        until(lambda: load.state()["requests"] > 200, within=30, what="200 requests have ended")
        load.stop()
        held = load.ledger()
    assert {row.name for row in held.requests if row.outcome == "fail"} == {"read history"}
