"""Figures as Prometheus's remote write has them, which every Prometheus-API back end takes."""

from collections.abc import Sequence

import snappy
from opentelemetry.exporter.prometheus_remote_write.gen.remote_pb2 import WriteRequest
from opentelemetry.exporter.prometheus_remote_write.gen.types_pb2 import Label, Sample, TimeSeries

from slaharness.report.outward.figures import Figure

HEADERS = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


def encode(figures: Sequence[Figure], at: float, job: str) -> bytes:
    """A request's body: all figures as of ``at`` (epoch seconds), with the label ``job``."""
    series = [_series(one, round(at * 1000), job) for one in figures]
    body: bytes = snappy.compress(WriteRequest(timeseries=series).SerializeToString())
    return body


def _series(figure: Figure, at: int, job: str) -> TimeSeries:
    labels = {**figure.labels, "__name__": figure.name, "job": job}
    return TimeSeries(
        labels=[Label(name=name, value=value) for name, value in sorted(labels.items())],
        samples=[Sample(value=figure.value, timestamp=at)],
    )
