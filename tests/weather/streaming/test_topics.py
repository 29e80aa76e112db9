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
    held = {path: body for _, path, body in fake.asked if path.endswith("/retention")}
    assert held["namespaces/weather/stream/retention"]["retentionTimeInMinutes"] > 0
    assert held["namespaces/weather/stream/retention"]["retentionSizeInMB"] > 0
    without_end = {"retentionTimeInMinutes": -1, "retentionSizeInMB": -1}
    assert held["persistent/weather/stream/limits/retention"] == without_end


def test_what_comes_with_another_part_leaves_the_rules_of_the_namespace_alone(pulsar):
    """A profile without that part has no subscription that nobody reads, which would fill the topic."""
    admin, fake = pulsar
    declare.declare(admin, "weather", WANTED)
    assert not [path for _, path, _ in fake.asked if path.endswith("subscription/alerts")]
    fake.asked.clear()
    declare.declare(admin, "weather", json.loads((BASE / "flink" / "alerts.json").read_text()))
    paths = [path for _, path, _ in fake.asked]
    assert "persistent/weather/stream/readings/subscription/alerts" in paths
    assert not [path for path in paths if "retention" in path or "backlogQuota" in path]


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
