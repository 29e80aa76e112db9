"""How much of one processor the live view takes: drawn on a terminal, with a Prometheus that answers at once.

``python bench/live_view.py [SECONDS]``. What counts is what it takes beyond the steps alone.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import Pipe, Process
from pathlib import Path
from typing import Any

import requests
from rich.console import Console

from slaharness.cluster.api import Endpoint
from slaharness.host import progress, wait
from slaharness.metrics.prometheus import Prometheus
from slaharness.model import FAULT, Event, Scenario, Window
from slaharness.record.recorder import RunRecorder
from slaharness.record.run_record import RunRecord
from slaharness.record.store import RecordStore
from slaharness.report import live
from slaharness.stack.watch.news import POD
from slaharness.stack.watch.watched import Seen

#: Of one processor.
LIMIT = 0.02
PODS = 20


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = [{"metric": {"glance": name}, "value": [time.time(), "0.25"]} for name in live.ASKED]
        body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": found}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    os.environ.pop("CI", None)
    with Path(os.devnull).open("w") as nowhere:
        progress.console = Console(file=nowhere, force_terminal=True, width=120, height=40)
        with _prometheus() as url, tempfile.TemporaryDirectory() as folder:
            store = RecordStore.create(Path(folder), "kill")
            recorder = RunRecorder(store, RunRecord(Scenario("kill", "mix", "kill"), "r1"))
            recorder.under_way = Window(FAULT, time.time(), time.time() + 2 * seconds)
            alone = _share(recorder, seconds, nullcontext())
            meter = Prometheus(Endpoint(url, requests.Session()))
            shown = _share(recorder, seconds, live.shown(recorder, meter, _seen()))
    line = {"name": "live_view", "ok": shown - alone <= LIMIT, "value": round(shown - alone, 4)}
    line |= {"limit": LIMIT, "unit": "of a processor", "steps alone": round(alone, 4)}
    print(json.dumps(line))


def _share(recorder: RunRecorder, seconds: float, view: Any) -> float:
    """Processor time a second, while a stage goes on."""
    with view, recorder.stage("FAULT: kill one pod"):
        wait.pause(2.0)  # what is loaded at first is no part of it
        before, began = time.process_time(), time.monotonic()
        wait.pause(seconds)
        return (time.process_time() - before) / (time.monotonic() - began)


def _seen() -> Seen:
    seen = Seen(Event(time.time(), "pod not ready", f"shop/db-{one}") for one in range(PODS))
    body = {"metadata": {}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    seen.pods = {f"space-{one % 4}/pod-{one}": POD.state(body) for one in range(PODS)}
    return seen


@contextmanager
def _prometheus() -> Iterator[str]:
    ours, theirs = Pipe()
    process = Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()


def _serve(port: Any) -> None:
    with HTTPServer(("127.0.0.1", 0), _Answer) as server:
        port.send(server.server_port)
        server.serve_forever()


if __name__ == "__main__":
    main()
