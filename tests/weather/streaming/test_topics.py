"""What there is to be in Pulsar is made before anybody sends, and may be made again."""

import json
import urllib.error
from pathlib import Path

import declare
import pytest

BASE = Path(__file__).parents[3] / "weather" / "deploy" / "base"
WANTED = json.loads((BASE / "streaming" / "topics.json").read_text())


class Pulsar:
    """Takes everything, and notes what; once it holds something, it refuses to make it again."""

    def __init__(self):
        self.asked, self.held = [], set()

    def ask(self, method, path, body=None):
        self.asked.append((method, path, body))
        if method == "PUT":
            if path in self.held:
                raise urllib.error.HTTPError(path, 409, "Conflict", None, None)
            self.held.add(path)
        return b""


@pytest.fixture
def pulsar(monkeypatch):
    fake = Pulsar()
    admin = declare.Admin("http://pulsar", "token")
    monkeypatch.setattr(admin, "ask", fake.ask)
    return admin, fake


def test_a_topic_has_its_subscriptions_before_anybody_may_send(pulsar):
    """What comes before a subscription is not kept for it."""
    admin, fake = pulsar
    declare.declare(admin, "weather", WANTED)
    paths = [path for _, path, _ in fake.asked]
    topic = "persistent/weather/stream/readings"
    assert paths.index(topic) < paths.index(f"{topic}/subscription/lake")
    assert f"{topic}-lake-DLQ" in paths


def test_messages_outlive_their_readers(pulsar):
    """Without retention, what is read by all goes, and nobody can look again."""
    admin, fake = pulsar
    declare.declare(admin, "weather", WANTED)
    (held,) = (body for _, path, body in fake.asked if path.endswith("/retention"))
    assert held["retentionTimeInMinutes"] > 0
    assert held["retentionSizeInMB"] > 0


def test_declared_again_is_no_trouble(pulsar):
    """The Job may run any number of times."""
    admin, _ = pulsar
    declare.declare(admin, "weather", WANTED)
    declare.declare(admin, "weather", WANTED)


def test_what_pulsar_refuses_is_not_passed_over(pulsar, monkeypatch):
    """Only `there already` is no trouble."""
    admin, _ = pulsar

    def refuse(*_):
        raise urllib.error.HTTPError("", 403, "Forbidden", None, None)

    monkeypatch.setattr(admin, "ask", refuse)
    with pytest.raises(urllib.error.HTTPError):
        declare.declare(admin, "weather", WANTED)


def test_a_sidecar_may_only_send():
    """Whoever takes a node's token can read nothing with it."""
    assert WANTED["roles"]["cdc"] == ["produce"]
