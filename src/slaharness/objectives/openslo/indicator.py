"""The SLI of OpenSLO v1, as strict models: counts of requests, or one number, and where they come from."""

from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, model_validator

from slaharness.objectives import foreign
from slaharness.objectives.foreign import Query
from slaharness.objectives.openslo.metadata import Annotations, Strict

T = TypeVar("T")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text; write a query in PromQL")  # noqa: TRY004 as pydantic has it
    return value


def _counters(counter: bool) -> bool:  # noqa: FBT001 a validator of the field
    if not counter:
        raise ValueError("is false: a gauge counts no requests; query counters, with `counter: true`")
    return counter


Count = Annotated[Query, PlainValidator(lambda value: foreign.count(_text(value)))]
Number = Annotated[Query, PlainValidator(lambda value: foreign.number(_text(value)))]


class Querying(Strict, Generic[T]):
    query: T


class Prometheus(Strict, Generic[T]):
    type: Literal["Prometheus"]
    spec: Querying[T]


class Figure(Strict):
    figure: Literal["lost", "recovered", "altered", "unexpected", "duplicated", "resurrected"]


class Ledger(Strict):
    type: Literal["Ledger"]
    spec: Figure


class Metric(Strict, Generic[T]):
    metric_source: T


class Ratio(Strict):
    """All requests over the window, and those of them that were good, or that were not."""

    counter: Annotated[bool, AfterValidator(_counters)]
    good: Metric[Prometheus[Count]] | None = None
    bad: Metric[Prometheus[Count]] | None = None
    total: Metric[Prometheus[Count]]

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.good and self.bad:
            raise ValueError("has both `good` and `bad`; write one of them, beside `total`")
        if not self.good and not self.bad:
            raise ValueError("has neither `good` nor `bad`")
        return self

    @property
    def queries(self) -> dict[str, Query]:
        """What the file has, by name."""
        parts = {"good": self.good, "bad": self.bad, "total": self.total}
        return {name: metric.metric_source.spec.query for name, metric in parts.items() if metric}


class RatioMetric(Strict):
    ratio_metric: Ratio
    description: str = ""


class ThresholdMetric(Strict):
    threshold_metric: Metric[Annotated[Prometheus[Number] | Ledger, Discriminator("type")]]
    description: str = ""


class IndicatorMetadata(Strict):
    name: str
    display_name: str = ""
    labels: dict[str, str | list[str]] = Field({})
    annotations: Annotations | None = None


class Indicator(Strict, Generic[T]):
    metadata: IndicatorMetadata | None = None
    spec: T
