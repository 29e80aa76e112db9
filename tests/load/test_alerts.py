"""The load that sets limits and listens, by real Locust: what is heard and missed is in its ledger."""

import json
import sys
import time
from collections import Counter, defaultdict
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from stacks import WEATHER

from slaharness.host.wait import until

PROFILE = Path(__file__).parents[2] / "loadprofiles/alerts.py"
rule = sys.modules[type(WEATHER).__module__].due_alerts


@pytest.fixture
def telling(stub):
    """The stub, which tells users of readings beyond their limits; ``lapse`` is the position left out."""

    class Telling(stub.Handler):
        limits, told, opened = {}, defaultdict(list), Counter()
        lapse, breaks_after = 0, 3

        def do_PUT(self):  # noqa: N802 - as the server calls it
            _, _, station, _, user = self.path.split("/")
            self.limits[station, user] = json.loads(self.body())
            self.answer(200, {})

        def do_POST(self):  # noqa: N802 - as the server calls it
            row = json.loads(self.body())
            for (station, user), limit in list(self.limits.items()):
                if station == row["station"] and not limit["low"] <= row["temperature"] <= limit["high"]:
                    self.told[user].append({**row, "id": f"{row['id']}.{user}", "reading": row["id"]})
            self.answer(201, {"id": row["id"]})

        def do_GET(self):  # noqa: N802 - as the server calls it
            """A few alerts after the last one heard, then the connection breaks."""
            user, place = self.path.split("/")[2], int(self.headers["Last-Event-ID"])
            self.opened[user] += 1
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.close_connection = True
            for sent in range(self.breaks_after):
                while len(self.told[user]) <= place + sent:
                    self.wfile.write(b": nothing new\n\n")
                    time.sleep(0.2)
                position = place + sent + 1
                if position != self.lapse:
                    said = json.dumps(self.told[user][position - 1])
                    self.wfile.write(f"id: {position}\ndata: {said}\n\n".encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Telling,), {"weather": stub.Weather()}))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a listener that went away is what this is about
    server.block_on_close = False
    Thread(target=server.serve_forever, daemon=True).start()
    yield Telling, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def heard(load):
    counts = load.counts("loadgen_requests_total")
    return {outcome: counts["hear alert", outcome] for outcome in ("ok", "fail")}


@pytest.fixture
def ran(telling, stub, locust, tmp_path):
    """Run the load until so many alerts were heard; its ledger."""

    def run(count, lapse=0):
        told, url = telling
        told.lapse = lapse
        with locust(PROFILE, url, stub.free_port(), tmp_path, RUN_ID="r9") as load:
            until(lambda: sum(heard(load).values()) >= count, within=60, what="so many alerts were heard")
            load.stop()
            return load.ledger(), heard(load), load.state()

    return run


def test_every_alert_is_heard_once_however_often_the_stream_breaks(ran, telling):
    """Each stream goes on after the last one heard; how long an alert took counts from its reading."""
    ledger, counted, state = ran(30)
    heard = [row for row in ledger.requests if row.name == "hear alert"]
    told, _ = telling
    assert counted["fail"] == state["errors"] == 0
    assert len({row.key for row in heard}) == len(heard) >= 30
    assert max(told.opened.values()) > 1
    at = {each["id"]: each["at"] / 1000 for some in told.told.values() for each in some}
    assert all(row.intended == pytest.approx(at[row.key], abs=0.001) for row in heard)
    meant = {row.key: row.intended for row in ledger.requests if row.name == "post reading"}
    assert all(row.intended == pytest.approx(meant[row.key.partition(".")[0]], abs=0.01) for row in heard)


def test_what_was_due_follows_from_its_ledger(ran, telling):
    """Nothing is posted before all limits are set, so that an alert is certain while nobody changes them."""
    ledger, _, _ = ran(40)
    due = {one.key: one.outcome for one in rule.due(ledger.requests)}
    told, _ = telling
    there = {each["id"] for some in told.told.values() for each in some}
    assert there <= due.keys()
    assert {key for key, outcome in due.items() if outcome == "ok"} <= there
    assert Counter(due.values())["ok"] >= 10


def test_an_alert_that_is_left_out_is_a_failure(ran):
    """The next one tells it: positions have no gap."""
    _, counted, _ = ran(30, lapse=2)
    assert counted["fail"] > 0
