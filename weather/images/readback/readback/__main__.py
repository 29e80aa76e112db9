"""``GET /messages``: what the topic holds, as CSV; ``/lake``: what the table does; ``/healthz``: this runs.

Settings are in the environment: PULSAR, TOPIC, PULSAR_TOKEN (a file), PULSAR_AUTHORITY (a file of
authorities by which Pulsar is verified where it speaks TLS), TABLE (s3://BUCKET/PATH), STORE (the URL of the
object store), SSL_CERT_FILE (the same as PULSAR_AUTHORITY, by which the store is), AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, PORT.
"""

import os
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from readback import lake, rows, topic
from readback.errors import Trouble


def told() -> Iterator[str]:
    """The rows that the topic's messages come to, read anew. Raises Trouble and Malformed."""
    env = os.environ
    token, authority = Path(env["PULSAR_TOKEN"]), env.get("PULSAR_AUTHORITY", "")
    with topic.connected(env["PULSAR"], token, authority) as client:
        yield from rows.lines(rows.folded(topic.messages(client, env["TOPIC"])))


def kept() -> Iterator[str]:
    """The rows that the lake's table has, read anew. Raises Trouble."""
    yield from rows.lines(lake.readings(os.environ["TABLE"], store(os.environ["STORE"])))


def store(url: str) -> dict[str, str]:
    """What delta-rs is told of the object store.

    One with ``https`` has to have a certificate for its name, of an authority in SSL_CERT_FILE, before it is
    told anything.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": str(url.startswith("http:")),
        "AWS_REGION": "us-east-1",
        "connect_timeout": "3s",
        "retry_timeout": "10s",
    }


class Handler(BaseHTTPRequestHandler):
    """One request; ``stages`` says what may be asked for."""

    stages: dict[str, Callable[[], Iterator[str]]]

    def do_GET(self) -> None:
        """Answer 200 with all of it, or 503 with the reason: never with half of it."""
        if self.path == "/healthz":
            self._answer(200, "ok\n")
        elif (stage := self.stages.get(self.path)) is None:
            self._answer(404, f"there is {', '.join(self.stages)}\n")
        else:
            try:
                self._answer(200, "".join(stage()))
            except (Trouble, rows.Malformed, OSError) as error:
                self._answer(503, f"{error}\n")

    def _answer(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/csv" if status == 200 else "text/plain")  # noqa: PLR2004
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing of each probe."""


def main() -> None:
    """Serve until the container ends."""
    Handler.stages = {"/messages": told, "/lake": kept}
    ThreadingHTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()


if __name__ == "__main__":
    main()
