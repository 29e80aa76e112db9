"""The series of a record, asked again: a real Prometheus on loopback that holds nothing else."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests

from slaharness.cluster.api import Endpoint
from slaharness.errors import CommandFailed, RecordTrouble
from slaharness.host import command, scratch
from slaharness.host.progress import step
from slaharness.host.wait import until
from slaharness.metrics import process, start_time
from slaharness.metrics.evidence import Series
from slaharness.metrics.prometheus import SCRAPE_INTERVAL, Prometheus
from slaharness.metrics.routed import Routed
from slaharness.metrics.source import Meter

#: Seconds until an empty Prometheus answers.
ANSWERS_WITHIN = 30.0


@contextmanager
def replaying(
    series: Sequence[Series], *, interval: float = SCRAPE_INTERVAL, load_interval: float = SCRAPE_INTERVAL
) -> Iterator[Meter]:
    """A Prometheus that knows ``series`` and no others; gone with the body.

    ``interval`` is how many seconds were between two scrapes of the stack, ``load_interval`` of the load.
    Raises HostTrouble where there is no Prometheus to run, RecordTrouble for series that cannot be.
    """
    _, promtool = process.programs()
    with scratch.folder() as folder, step("Prometheus: the record's series"):
        (folder / "series").write_text("".join(_openmetrics(series)))
        (folder / "config.yaml").write_text("{}")
        blocks: list[str | Path] = [
            promtool,
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            folder / "series",
            folder / "data",
        ]
        try:
            command.run(blocks, purpose="the record's series", within=120)
        except CommandFailed as error:
            raise RecordTrouble(f"the record's series are none that Prometheus can hold: {error}") from error
        with _running(folder) as url, requests.Session() as session:
            session.trust_env = False
            stack, load = (
                _recorded(Endpoint(url, session), each, series) for each in (interval, load_interval)
            )
            yield stack if interval == load_interval else Routed(load, stack)


def _recorded(endpoint: Endpoint, interval: float, series: Sequence[Series]) -> Prometheus:
    """One that started when the record says: this process of it is not who scraped."""
    return Prometheus(endpoint, interval=interval, started=lambda _: start_time.recorded(series))


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    port = process.free_port()
    prometheus = process.launch(folder, port)
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: _answers(url), within=ANSWERS_WITHIN, every=0.1, what="Prometheus answers")
        yield url
    finally:
        prometheus.kill()
        prometheus.wait()


def _answers(url: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(f"{url}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False


def _openmetrics(series: Iterable[Series]) -> Iterator[str]:
    """All samples, each series in one piece, in the order of time."""
    for one in series:
        labels = ",".join(
            f'{key}="{_escaped(value)}"' for key, value in one.labels.items() if key != "__name__"
        )
        for at, value in one.samples:
            yield f"{one.name}{{{labels}}} {value!r} {at:.3f}\n"
    yield "# EOF\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
