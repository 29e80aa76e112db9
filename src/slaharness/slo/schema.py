"""The part of OpenSLO v1 that an objective may be written in, as strict models, for `openslo` to read with.

Kind SLO, its indicator written inline, and
- a ``ratioMetric`` of two counters (good and total, from Prometheus) held to a share, ``target``; or
- a ``thresholdMetric`` (from Prometheus, or a figure of the Ledger's check) held to ``op`` and ``value``.

What else OpenSLO knows is refused, never ignored. Two things may stand in a file for other tools and mean
nothing to a run, whose windows are its own: ``timeWindow``, and foreign labels and annotations. The share
``target`` that OpenSLO also wants of a threshold is kept whatever it is: one window gives one value.
"""

from typing import Annotated, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic.alias_generators import to_camel

from slaharness.model import Op, SourceType
from slaharness.slo import promql

#: Before the names of our own annotations.
OURS = "slaharness.dev/"

#: Fields of OpenSLO v1 that are refused, and what to write instead.
REFUSED = {
    "indicatorRef": "is not followed; write the SLI inline, under `indicator`",
    "alertPolicies": "is not read: a run raises no alerts",
    "targetPercent": "is not read; write `target` as a share, like 0.999",
    "op": "is for a thresholdMetric; a ratio is held to `target`",
    "value": "is for a thresholdMetric; a ratio is held to `target`",
    "timeSliceTarget": "is not read: occurrences are counted, not slices of time",
    "timeSliceWindow": "is not read: occurrences are counted, not slices of time",
    "bad": "is not read; query the good requests: one that nobody counted must not pass",
    "raw": "is not read: it hides how many requests it stands for; write `good` and `total`",
    "rawType": "is not read; write `good` and `total`",
    "metricSourceRef": "is not followed; write `type: Prometheus`",
    "calendar": "is not read: a run is judged over its own windows",
    "thresholdMetric": "cannot stand beside a ratioMetric",
}

Query = Annotated[str, AfterValidator(promql.checked)]
TotalQuery = Annotated[Query, AfterValidator(promql.unfilled)]
T = TypeVar("T")


class Strict(BaseModel):
    """Nothing unknown, nothing converted, nothing infinite; the file's camelCase is our snake_case."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, alias_generator=to_camel)


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
    counter: Literal[True]
    good: Metric[Prometheus[Query]]
    total: Metric[Prometheus[TotalQuery]]


class RatioMetric(Strict):
    ratio_metric: Ratio


class ThresholdMetric(Strict):
    threshold_metric: Metric[Annotated[Prometheus[TotalQuery] | Ledger, Discriminator("type")]]


class IndicatorMetadata(Strict):
    name: str
    display_name: str = ""


class Indicator(Strict, Generic[T]):
    metadata: IndicatorMetadata | None = None
    spec: T


class Share(Strict):
    """What a ratio is held to."""

    display_name: str = ""
    target: float = Field(gt=0, le=1)


class Limit(Strict):
    """What a threshold is held to."""

    display_name: str = ""
    op: Literal["gte", "lte"]
    value: float
    target: float = Field(1.0, gt=0, le=1)


class TimeWindow(Strict):
    duration: str = Field(pattern=r"^[1-9][0-9]*[mhdwMQY]$")
    is_rolling: Literal[True]


class Spec(Strict):
    """What ratios and thresholds have in common."""

    description: str = ""
    service: str
    time_window: list[TimeWindow] = Field([], max_length=1)
    budgeting_method: Literal["Occurrences"]


class RatioSpec(Spec):
    source: ClassVar = SourceType.RATIO
    op: ClassVar = Op.AT_LEAST

    indicator: Indicator[RatioMetric]
    objectives: list[Share] = Field(min_length=1, max_length=1)

    @property
    def good(self) -> str:
        return self.indicator.spec.ratio_metric.good.metric_source.spec.query

    @property
    def total(self) -> str:
        return self.indicator.spec.ratio_metric.total.metric_source.spec.query

    @property
    def target(self) -> float:
        return self.objectives[0].target


class ThresholdSpec(Spec):
    good: ClassVar = ""

    indicator: Indicator[ThresholdMetric]
    objectives: list[Limit] = Field(min_length=1, max_length=1)

    @property
    def source(self) -> SourceType:
        metric = self.indicator.spec.threshold_metric.metric_source
        return SourceType.LEDGER if isinstance(metric, Ledger) else SourceType.THRESHOLD

    @property
    def total(self) -> str:
        metric = self.indicator.spec.threshold_metric.metric_source
        return metric.spec.figure if isinstance(metric, Ledger) else metric.spec.query

    @property
    def target(self) -> float:
        return self.objectives[0].value

    @property
    def op(self) -> Op:
        return Op(self.objectives[0].op)


class Annotations(BaseModel):
    """Ours are known by name; those of other tools are theirs."""

    model_config = ConfigDict(extra="allow")

    #: Requests (or acknowledged writes) below which nothing is concluded.
    floor: int = Field(1, alias="slaharness.dev/floor", ge=1)
    #: What a request that is not good did: "failed", "took over 0.5 s or failed".
    bad: str = Field("failed", alias="slaharness.dev/bad")

    @model_validator(mode="after")
    def _ours_are_known(self) -> Self:
        for name in self.model_extra or {}:
            if name.startswith(OURS):
                raise ValueError(f"holds {name}, which is not known; ours are {OURS}floor and {OURS}bad")
        return self


class Metadata(Strict):
    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    display_name: str = ""
    labels: dict[str, str | list[str]] = {}
    annotations: Annotations = Field(default_factory=lambda: Annotations.model_validate({}))


def _held_to(spec: object) -> str:
    """Which of the two kinds a spec is meant to be, so that errors speak of that kind alone."""
    match spec:
        case {"indicator": {"spec": {"ratioMetric": _}}}:
            return "share"
        case _:
            return "limit"


class Slo(Strict):
    """A whole file."""

    api_version: Literal["openslo/v1"]
    kind: Literal["SLO"]
    metadata: Metadata
    spec: Annotated[
        Annotated[RatioSpec, Tag("share")] | Annotated[ThresholdSpec, Tag("limit")],
        Discriminator(_held_to),
    ]

    @model_validator(mode="after")
    def _only_requests_have_a_floor(self) -> Self:
        if self.spec.source is SourceType.THRESHOLD and self.metadata.annotations.floor > 1:
            raise ValueError(f"has {OURS}floor on a threshold, which counts no requests")
        return self
