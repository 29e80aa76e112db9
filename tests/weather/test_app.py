"""What the cluster and Prometheus are promised by every service."""

import signal
from types import SimpleNamespace

import uvicorn
from weather.__main__ import Server


def test_service_is_not_ready_before_the_database_answered_once(readings_service):
    """A pod gets no request that it cannot serve; it is alive all the same."""
    readings_service.store.ready = False
    assert readings_service.ask("GET", "/readyz").status_code == 503
    assert readings_service.ask("GET", "/healthz").status_code == 200
    readings_service.store.ready = True
    assert readings_service.ask("GET", "/readyz").status_code == 200


def test_service_that_lost_its_supervisor_is_restarted(readings_service):
    """Nobody would connect it again: its liveness says so, rather than letting it fail for ever."""
    readings_service.app.state.supervisor = SimpleNamespace(done=lambda: True)
    assert readings_service.ask("GET", "/healthz").status_code == 503


def test_requests_are_counted_by_route_not_by_path(conditions_service):
    """However many stations there are, Prometheus keeps one series for each route and status."""
    for station in ("A1", "A2", "A3"):
        conditions_service.ask("GET", f"/stations/{station}/current")
    text = conditions_service.ask("GET", "/metrics").text
    counted = 'http_requests_total{method="GET",route="/stations/{station}/current",status="404"}'
    assert counted in text
    assert "A1" not in text


def test_sigterm_drains_before_it_stops(readings_service):
    """After SIGTERM a service says that it is not ready, and serves on until the edge has seen that."""
    app = readings_service.app
    server = Server(uvicorn.Config(app), app, drain=0.2)

    class Loop:
        def call_soon_threadsafe(self, call, *words):
            self.later = (call, words)

        call_later = None

    server._loop = Loop()
    server.handle_exit(signal.SIGTERM, None)
    assert readings_service.ask("GET", "/readyz").status_code == 503
    assert readings_service.ask("GET", "/stations/S1/readings").status_code == 200
    assert not server.should_exit
    _, (seconds, stop) = server._loop.later
    stop()
    assert (seconds, server.should_exit) == (0.2, True)
