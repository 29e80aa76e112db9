"""Figures as OpenTelemetry's collectors take them, and so do Prometheus, Mimir and VictoriaMetrics: OTLP."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import groupby
from operator import attrgetter

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from slaharness.report.outward.figures import MEANINGS, Figure

HEADERS = {"Content-Type": "application/x-protobuf"}


def encode(figures: Sequence[Figure], at: float, job: str) -> bytes:
    """A request's body: all figures as of ``at`` (epoch seconds), of the service ``job``.

    They have no unit, which some receivers would append to names that already have it.
    """
    by_name = groupby(sorted(figures, key=attrgetter("name")), key=attrgetter("name"))
    metrics = [
        Metric(name=name, description=MEANINGS.get(name, ""), gauge=Gauge(data_points=_points(those, at)))
        for name, those in ((name, list(those)) for name, those in by_name)
    ]
    scope = InstrumentationScope(name=job, version=version("slaharness"))
    inside = ScopeMetrics(scope=scope, metrics=metrics)
    resource = Resource(attributes=_attributes({"service.name": job}))
    whole = ResourceMetrics(resource=resource, scope_metrics=[inside])
    body: bytes = ExportMetricsServiceRequest(resource_metrics=[whole]).SerializeToString()
    return body


def _points(figures: Sequence[Figure], at: float) -> list[NumberDataPoint]:
    when = round(at * 1000) * 1_000_000
    return [
        NumberDataPoint(attributes=_attributes(one.labels), time_unix_nano=when, as_double=one.value)
        for one in figures
    ]


def _attributes(labels: Mapping[str, str]) -> list[KeyValue]:
    return [KeyValue(key=name, value=AnyValue(string_value=text)) for name, text in labels.items()]
