"""Metrics of what the Kubernetes API holds, asked anew at each scrape.

When the API cannot be had the scrape fails, so that an old number is never told.
"""

import http.client
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import incluster

Text = Callable[[http.client.HTTPSConnection], str]


def serve(address: str, port: int, what: str, text: Text) -> None:
    """Answer GET /metrics with ``text`` of a connection to the API, for ever. ``what`` is named in errors."""
    ThreadingHTTPServer((address, port), handler(what, text)).serve_forever()


def handler(what: str, text: Text) -> type[BaseHTTPRequestHandler]:
    """As ``serve`` has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = self._answer()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body.encode())

        def _answer(self) -> tuple[int, str]:
            api = incluster.connection()
            try:
                return http.client.OK, text(api)
            except (OSError, ValueError, http.client.HTTPException) as error:
                return http.client.SERVICE_UNAVAILABLE, f"cannot list {what}: {error}\n"
            finally:
                api.close()

        def log_message(self, *_: object) -> None:
            """Once a second is too often to say anything."""

    return Handler
