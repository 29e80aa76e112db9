"""A weather stack in one process: real HTTP on loopback, faults to order. ``stub.py HOST PORT`` runs it."""

import json
import socket
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG = 4.0


class Weather:
    """What was stored and how often what was asked for.

    Requests meet the fault that their header X-Fault names, else the next of ``faults``: "503", "drop" (the
    connection is closed, no answer), "cut" (the answer lacks its last byte), "hang" (after HANG seconds, no
    answer), "short" (the export lacks its last line), "lie" (a correction or a withdrawal is acknowledged and
    not done). A write is stored all the same, except with a 503.
    """

    def __init__(self) -> None:
        self.readings: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.limits: dict[str, Any] = {}
        self.faults: list[str] = []
        #: Whether a history lacks the reading before its newest.
        self.gap = False
        #: While it is not set, no request gets anywhere.
        self.flowing = threading.Event()
        self.flowing.set()
        self.arrived: Counter[str] = Counter()

    def export(self) -> str:
        rows = [row for station in list(self.readings.values()) for row in list(station.values())]
        lines = [f"{row['station']},{row['at']},{row['id']},{row['temperature']!r}" for row in rows]
        return "\n".join(["station,at,id,temperature", *lines, f"# end,{len(rows)}", ""])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    weather: Weather

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        if parsed:
            self.weather.flowing.wait()
            self.weather.arrived[f"{self.command} {self.path}"] += 1
            faults = self.weather.faults
            self.fault = self.headers.get("X-Fault") or (faults.pop(0) if faults else "")
        return parsed

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        _, kind, station, what = (path + "///").split("/")[:4]
        rows = list(self.weather.readings[station].values())
        if kind == "export":
            whole = self.weather.export()
            self.answer(200, whole.partition("#")[0] if self.fault == "short" else whole, "text/csv")
        elif what == "alerts":
            high = self.weather.limits.get(station, {}).get("high", 99)
            self.answer(200, [row for row in rows[-20:] if row["temperature"] > high])
        elif not rows:
            self.answer(404, {"reason": f"no reading of {station} yet"})
        else:
            history = rows[:-21:-1]
            if self.weather.gap:
                del history[1:2]
            self.answer(200, rows[-1] if what == "current" else history)

    def do_POST(self) -> None:
        row = json.loads(self.body())
        if self.fault != "503":
            self.weather.readings[row["station"]][row["id"]] = row
        self.answer(201, {"id": row["id"]})

    def do_PUT(self) -> None:
        _, _, station, what, *reading = self.path.split("/")
        changed = json.loads(self.body())
        if what == "limits":
            self.weather.limits[station] = changed
        elif self.fault not in {"503", "lie"}:
            self.weather.readings[station][reading[1]]["temperature"] = changed["temperature"]
        self.answer(200, {})

    def do_DELETE(self) -> None:
        station, name = self.path.partition("?")[0].split("/")[2::3]
        if self.fault not in {"503", "lie"}:
            del self.weather.readings[station][name]
        self.answer(200, {})

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status: int, body: Any, kind: str = "application/json") -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        if self.fault == "hang":
            time.sleep(HANG)
        if self.fault in {"drop", "hang"}:
            self.close_connection = True
            return
        self.send_response(503 if self.fault == "503" else status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:-1] if self.fault == "cut" else data)
        self.close_connection |= self.fault == "cut"

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.weather = Weather()
        super().__init__((host, port), type("Bound", (Handler,), {"weather": self.weather}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    Server(sys.argv[1], int(sys.argv[2])).serve_forever()
