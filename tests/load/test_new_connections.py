"""The load that keeps no connection, by real Locust: a certificate is asked for as often as anything is."""

from pathlib import Path

from slaharness.host.wait import until

PROFILE = Path(__file__).parents[2] / "loadprofiles/new-connections.py"


def test_each_request_has_a_connection_of_its_own(stub, locust, server, tmp_path):
    """Though the server would keep them; and every answer is what was asked for."""
    connections = []
    accept = server.process_request
    server.process_request = lambda *given: connections.append(given) or accept(*given)
    with locust(PROFILE, server.url, stub.free_port(), tmp_path, RUN_ID="r9") as load:
        until(lambda: server.weather.arrived.total() > 100, within=30, what="there were 100 requests")
        load.stop()
        requests = load.ledger().requests
    assert {row.outcome for row in requests} == {"ok"}
    assert {row.name for row in requests} == {"post reading", "read current"}
    assert len(connections) == len(requests) == server.weather.arrived.total()


def test_an_answer_that_is_older_than_what_was_acknowledged_is_none(stub, locust, server, tmp_path):
    """Also of this load: whoever reads has to see what a station was told is kept."""
    with locust(PROFILE, server.url, stub.free_port(), tmp_path, RUN_ID="r9") as load:
        until(lambda: server.weather.arrived.total() > 50, within=30, what="there were 50 requests")
        for rows in server.weather.readings.values():
            for row in rows.values():
                row["at"] -= 60_000
        until(
            lambda: load.counts("loadgen_requests_total").get(("read current", "fail"), 0) > 3,
            within=30, what="reads have failed",
        )  # fmt: skip
        load.stop()
