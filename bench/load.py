"""Whether open-loop load is as punctual as k6's, sees the same latencies, and at what cost.

Both send to one small server on loopback, at the same rates, in turn, each on the first core with the server
on the second, with real-time priority: what else the machine does is not what is compared. Latency counts
from the planned instant. Run as root: ``python bench/load.py``; the first time builds k6 with Go. Nothing but
the server is contacted meanwhile. The last line is one JSON object.
"""

import csv
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from io import StringIO
from math import ceil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil
import requests
from lab import short
from lab.programs import built

from slaharness.host.wait import pause, until
from slaharness.load.manifest import PUNCTUAL, RECORDER, TOKEN

HERE = Path(__file__).parent / "load"
#: What the recorder wants to see of whoever began the load.
SHOWN = {TOKEN: "this bench's own"}
SERVER, RECORDED = "127.0.0.1:18980", "127.0.0.1:18981"
#: How long the server takes for every answer.
SERVICE = "5ms"
RATES, ROUNDS = (100, 300, 500), 5
#: Seconds of one round, and of its beginning that no figure counts.
SECONDS, WARM = 12, 3
CLIENT_CORE, SERVER_CORE = "0", "1"
#: The aims at the highest rate: share of arrivals achieved, and at most so many times k6's figures.
ACHIEVED, P99, PROCESSOR = 0.99, 1.05, 3.0


class Figures(NamedTuple):
    """Of one round, or the medians of several. Latencies in ms, ``processor`` in ms a request."""

    achieved: float
    p50: float
    p99: float
    processor: float


def main() -> None:
    short.needs("load", "root, k6 built with Go, and two cores to itself")
    programs = built()
    found: dict[tuple[int, str], Figures] = {}
    with _server(programs / "server"), TemporaryDirectory() as folder:
        for rate in RATES:
            rounds = [(_ours(rate, Path(folder)), _k6(programs / "k6", rate)) for _ in range(ROUNDS)]
            for name, each in zip(("ours", "k6"), zip(*rounds, strict=True), strict=True):
                found[rate, name] = Figures(*map(median, zip(*each, strict=True)))
                _print(rate, name, found[rate, name])
    print(json.dumps(_verdict(found)))


def _verdict(found: dict[tuple[int, str], Figures]) -> dict[str, object]:
    """The aims are for the highest rate; the figures of all are there."""
    ours, k6 = found[RATES[-1], "ours"], found[RATES[-1], "k6"]
    p99, processor = ours.p99 / k6.p99, ours.processor / k6.processor
    figures = {
        f"{name}_{rate}": {key: round(value, 3) for key, value in each._asdict().items()}
        for (rate, name), each in found.items()
    }
    return {
        "name": "load", "ok": ours.achieved >= ACHIEVED and p99 <= P99 and processor <= PROCESSOR,
        "value": round(ours.achieved, 4), "limit": ACHIEVED, "unit": f"of {RATES[-1]} arrivals/s",
        "p99_of_k6": round(p99, 3), "p99_of_k6_limit": P99,
        "processor_of_k6": round(processor, 2), "processor_of_k6_limit": PROCESSOR, **figures,
    }  # fmt: skip


def _print(rate: int, name: str, figures: Figures) -> None:
    print(
        f"{rate:4}/s {name:4}  achieved {figures.achieved:7.2%}  p50 {figures.p50:6.2f} ms"
        f"  p99 {figures.p99:6.2f} ms  processor {figures.processor:5.3f} ms/request",
        flush=True,
    )


@contextmanager
def _server(program: Path) -> Iterator[None]:
    with _running([program, SERVER, SERVICE], SERVER_CORE):
        until(lambda: _answers(f"http://{SERVER}"), within=10, every=0.1, what="the server answers")
        yield


def _ours(rate: int, folder: Path) -> Figures:
    url = f"http://{RECORDED}"
    files = f"{RECORDER},{HERE / 'locustfile.py'}"
    locust: list[str | Path] = [sys.executable, "-m", "locust", "-f", files, "--headless", "--only-summary"]
    env = {"RATE": f"{rate}", "RECORDER_ADDRESS": RECORDED, **PUNCTUAL}
    env["RECORDER_LEDGER"] = str(folder / "ledger.csv")
    env["RECORDER_TOKEN_SHA256"] = sha256(SHOWN[TOKEN].encode()).hexdigest()
    with _running([*locust, "--host", f"http://{SERVER}"], CLIENT_CORE, env) as process:
        until(lambda: _answers(f"{url}/metrics"), within=30, every=0.1, what="Locust answers")
        processor = _processor(process.pid, rate)
        state = requests.post(f"{url}/stop", headers=SHOWN, timeout=60).json()
        rows = _rows(requests.get(f"{url}/ledger", headers=SHOWN, timeout=60).content)
    begin = min(intended for intended, _ in rows) + WARM
    latencies = sorted(1000 * (finished - intended) for intended, finished in rows if intended > begin)
    arrivals = state["arrivals"]
    return Figures(
        arrivals["started"] / arrivals["offered"], _rank(latencies, 0.5), _rank(latencies, 0.99), processor
    )


def _k6(program: Path, rate: int) -> Figures:
    quiet = ["--quiet", "--no-usage-report", "--address", "", "--log-output", "none"]
    given = {"URL": f"http://{SERVER}", "RATE": rate, "SECONDS": SECONDS, "WARM": WARM}
    words = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
    env = {"K6_NO_USAGE_REPORT": "true", "K6_AUTO_EXTENSION_RESOLUTION": "false"}
    with _running([program, "run", *quiet, *words, HERE / "k6.js"], CLIENT_CORE, env) as process:
        processor = _processor(process.pid, rate)
        said = json.loads(process.communicate(timeout=60)[0])
    # One more than planned is the arrival at the very end.
    return Figures(min(1.0, said["started"] / (rate * SECONDS)), said["p50"], said["p99"], processor)


def _processor(pid: int, rate: int) -> float:
    """Milliseconds of processor time a request, once all is warm; a program has just begun its round."""
    process = psutil.Process(pid)
    pause(WARM)
    before, began = process.cpu_times(), time.monotonic()
    pause(SECONDS - WARM - 2)
    after, requests_sent = process.cpu_times(), rate * (time.monotonic() - began)
    return 1000 * (after.user + after.system - before.user - before.system) / requests_sent


def _rows(ledger: bytes) -> list[tuple[float, float]]:
    """When each request was meant to be sent, and when it ended, from a ledger as the recorder sends it."""
    rows = csv.DictReader(StringIO(gzip.decompress(ledger).decode()))
    return [(float(row["intended"]), float(row["finished"])) for row in rows if row["finished"]]


def _rank(values: list[float], share: float) -> float:
    return values[ceil(share * len(values)) - 1]


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


@contextmanager
def _running(
    words: list[str | Path], core: str, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A program that has one core to itself for as long as the body lasts."""
    process = subprocess.Popen(
        ["chrt", "--rr", "1", "taskset", "-c", core, *words], env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


if __name__ == "__main__":
    main()
