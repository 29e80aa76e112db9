"""A real HTTP server on loopback in the place of the API server, whose proxy leads to a service."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from kubernetes import client

#: (path, what was posted or None) → status and text.
Answers = Callable[[str, Any], tuple[int, str]]


@contextmanager
def _serving(answers: Answers) -> Iterator[client.CoreV1Api]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(None)

        def do_POST(self) -> None:
            self.say(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def say(self, body: Any) -> None:
            status, text = answers(self.path, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield client.CoreV1Api(
            client.ApiClient(client.Configuration(f"http://127.0.0.1:{server.server_port}"))
        )
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def proxied() -> Iterator[Callable[[Answers], client.CoreV1Api]]:
    """Make a client of an API server behind which a service ``answers``."""
    with ExitStack() as stack:
        yield lambda answers: stack.enter_context(_serving(answers))
