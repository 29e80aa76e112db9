"""What the sink says of itself when it is asked."""

import time

import pytest
import requests
from lake import metrics
from lake.metrics import Health, Server


@pytest.fixture
def health():
    return Health()


def said(health, path):
    status, content = health.answer(path)
    return status, content.decode()


def behind(health):
    lines = said(health, "/metrics")[1].splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("lake_behind_seconds "))


def test_it_is_behind_by_the_age_of_what_it_has_in_hand(health):
    """Which is nothing once that is done with."""
    assert behind(health) == 0
    health.holds(int(time.time() * 1000) - 30_000)
    assert 29 < behind(health) < 40
    health.holds(None)
    assert behind(health) == 0


def test_it_is_ready_once_all_is_open(health):
    assert said(health, "/ready")[0] == 503
    health.begun = True
    assert said(health, "/ready")[0] == 200


def test_one_that_makes_no_turn_any_more_is_to_be_restarted(health, monkeypatch):
    """A call that never returns shows nowhere else."""
    assert said(health, "/alive")[0] == 200
    monkeypatch.setattr(metrics, "STUCK", -1.0)
    assert said(health, "/alive")[0] == 503


def test_it_answers_beside_its_work(health):
    """Over HTTP, and says what else there is."""
    server = Server(("127.0.0.1", 0), health)
    url = f"http://127.0.0.1:{server.server_port}"
    assert b"lake_rows_total" in requests.get(f"{url}/metrics", timeout=5).content
    assert requests.get(f"{url}/other", timeout=5).status_code == 404
    server.shutdown()
    server.server_close()
