#!/usr/bin/python3
"""Tell Prometheus how many pods each Deployment has, under kube-state-metrics' names: zero is a number, too.

Usage, in a pod with a service account that may list deployments there: ``replicas PORT NAMESPACE…``. Each
scrape asks the API anew; when that cannot be had the scrape fails, so that an old number is never told.
"""

import http.client
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import incluster

#: Metric → what it says, and where an object of the API has it.
METRICS = {
    "kube_deployment_status_replicas": ("Pods that there are", "status", "replicas"),
    "kube_deployment_status_replicas_ready": ("Pods that are ready", "status", "readyReplicas"),
    "kube_deployment_spec_replicas": ("Pods that are wanted", "spec", "replicas"),
}


def text(deployments: list[dict[str, Any]]) -> str:
    """The metrics in Prometheus's text format."""
    return "".join(line + "\n" for name in METRICS for line in _lines(name, deployments))


def _lines(name: str, deployments: list[dict[str, Any]]) -> Iterator[str]:
    words, part, field = METRICS[name]
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} gauge"
    for one in deployments:
        meta = one["metadata"]
        # The API leaves out what is zero, of a status.
        yield (
            f'{name}{{namespace="{meta["namespace"]}",deployment="{meta["name"]}"}} {one[part].get(field, 0)}'
        )


class Handler(BaseHTTPRequestHandler):
    """GET /metrics."""

    namespaces: tuple[str, ...] = ()

    def do_GET(self) -> None:
        status, body = self._answer()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body.encode())

    def _answer(self) -> tuple[int, str]:
        api = incluster.connection()
        try:
            paths = [f"/apis/apps/v1/namespaces/{name}/deployments" for name in self.namespaces]
            return http.client.OK, text([one for path in paths for one in incluster.listed(path, api)])
        except (OSError, http.client.HTTPException) as error:
            return http.client.SERVICE_UNAVAILABLE, f"cannot list deployments: {error}\n"
        finally:
            api.close()

    def log_message(self, *_: object) -> None:
        """Once a second is too often to say anything."""


def main() -> None:
    Handler.namespaces = tuple(sys.argv[2:])
    ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
