"""Keep what a topic tells of readings as a table of Parquet files, each reading once.

Settings are in the environment: PULSAR, TOPIC, SUBSCRIPTION, PULSAR_TOKEN (a file), PULSAR_AUTHORITY (a file
of authorities by which Pulsar is verified where it speaks TLS), TABLE (s3://BUCKET/PATH), STORE (the URL of
the object store), SSL_CERT_FILE (the same as PULSAR_AUTHORITY, by which the store is), AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, REGIONS (words), ADDRESS, PORT.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TypeVar

from lake import table, topic
from lake.metrics import Health, Server
from lake.sink import AGAIN, Sink
from lake.table import Table
from lake.topic import Topic

T = TypeVar("T")


def say(text: str) -> None:
    """A line of the container's log."""
    print(text)  # noqa: T201


def waited_for(ask: Callable[[], T], health: Health) -> T:
    """What ``ask`` returns once it does: others are still starting, or away for a while."""
    while True:
        health.turn()
        try:
            return ask()
        except (table.Trouble, topic.Trouble) as trouble:
            say(f"not yet: {trouble}")
            time.sleep(AGAIN)


def store(url: str) -> dict[str, str]:
    """What delta-rs is told of the object store: a try gives up in seconds, as the sink makes it again.

    It looks at the environment, too, where a variable TOKEN would be an S3 session's. A store with ``https``
    has to have a certificate for its name, of an authority in SSL_CERT_FILE, before it is told anything.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": str(url.startswith("http:")),
        "AWS_REGION": "us-east-1",
        "connect_timeout": "3s",
        "timeout": "10s",
        "max_retries": "2",
        "retry_timeout": "10s",
    }


def main() -> None:
    """Work until told to end."""
    env = os.environ
    health = Health()
    Server((env.get("ADDRESS", ""), int(env["PORT"])), health)
    target = Table(env["TABLE"], store(env["STORE"]), env["REGIONS"].split())
    waited_for(target.ready, health)
    client = topic.connected(env["PULSAR"], Path(env["PULSAR_TOKEN"]), env.get("PULSAR_AUTHORITY", ""))
    source = waited_for(lambda: Topic.opened(client, env["TOPIC"], env["SUBSCRIPTION"]), health)
    sink = Sink(source, target, health, say)

    def end(_signal: int, _frame: FrameType | None) -> None:
        sink.ending = True

    signal.signal(signal.SIGTERM, end)
    health.begun = True
    say(f"keeping {env['TOPIC']} in {env['TABLE']}")
    try:
        sink.run()
    except topic.Trouble as trouble:  # the next start waits until Pulsar is as it has to be
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
