"""The SLI of OpenSLO v1, as strict models: counts of requests, or one number, and where they come from."""

import re
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, Discriminator, Field, PlainValidator, model_validator

from slaharness.objectives import counts, foreign
from slaharness.objectives.foreign import Query
from slaharness.objectives.openslo.metadata import Annotations, Strict

T = TypeVar("T")
#: What is read of counters alone, whether the file says so or not.
OF_COUNTERS = re.compile(r"\b(rate|increase)\s*\(|@")


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

    counter: Annotated[bool, AfterValidator(_counters)] = True
    good: Metric[Prometheus[Count]] | None = None
    bad: Metric[Prometheus[Count]] | None = None
    total: Metric[Prometheus[Count]]

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.good and self.bad:
            raise ValueError("has both `good` and `bad`; write one of them, beside `total`")
        if not self.good and not self.bad:
            raise ValueError("has neither `good` nor `bad`")
        self._apart("good" if self.good else "bad")
        if "counter" not in self.model_fields_set:
            for name, query in self.queries.items():
                if not OF_COUNTERS.search(query.written or query.text):
                    raise ValueError(
                        f"does not say `counter: true`, and `{name}` reads at one instant: counter or gauge?"
                    )
        return self

    def _apart(self, part: str) -> None:
        """Raise ValueError where a part and the total are the same, or no parts of one whole."""
        its, total = self.queries[part], self.queries["total"]
        if counts.net(its.text) == counts.net(total.text):
            says = "it holds whatever fails" if part == "good" else "nothing would ever be good"
            raise ValueError(f"counts the same as `{part}` and as `total`, so {says}")
        if its.unit and total.unit and its.unit != total.unit:
            raise ValueError(f"has {its.unit} in `{part}` and {total.unit} in `total`; ask for both alike")

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
