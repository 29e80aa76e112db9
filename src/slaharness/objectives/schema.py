"""The part of OpenSLO v1 that an objective may be written in, as strict models, for `openslo` to read with.

Kind SLO, its indicator written inline, and
- a ``ratioMetric`` of two counters (good and total, from Prometheus) held to a share, ``target``: of requests
  or, with ``Timeslices``, of whole slices of a window, each good when enough of its requests were; or
- a ``thresholdMetric`` (from Prometheus, or a figure of the Ledger's check) held to ``op`` and ``value``.

What else OpenSLO knows is refused, never ignored. Two things may stand in a file for other tools and mean
nothing to a run, whose windows are its own: ``timeWindow``, and foreign labels and annotations. The share
``target`` that OpenSLO also wants of a threshold is kept whatever it is: one window gives one value.
"""

import re
from typing import Annotated, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from slaharness.model import Op, SourceType, Timeslice
from slaharness.objectives import promql
from slaharness.objectives.metadata import OURS, Metadata, Strict

#: Fields of OpenSLO v1 that are refused, and what to write instead.
REFUSED = {
    "indicatorRef": "is not followed; write the SLI inline, under `indicator`",
    "alertPolicies": "is not read: a run raises no alerts",
    "targetPercent": "is not read; write `target` as a share, like 0.999",
    "op": "is for a thresholdMetric; a ratio is held to `target`",
    "value": "is for a thresholdMetric; a ratio is held to `target`",
    "timeSliceTarget": "is for a ratioMetric with `budgetingMethod: Timeslices`",
    "timeSliceWindow": "is for a ratioMetric with `budgetingMethod: Timeslices`",
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
S = TypeVar("S", bound="Share")

#: Minutes that no run lasts.
_FOREVER = 10**9
_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


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


def _seconds(window: object) -> float:
    """The length of a slice. OpenSLO has a unit, or a bare number of minutes: 0.1 is six seconds."""
    match window:
        case bool():
            pass
        case int() | float() if window < _FOREVER:
            return round(window * 60.0, 3)
        case str() if found := re.fullmatch(r"([1-9][0-9]{0,5})([mhdw])", window):
            return int(found[1]) * _UNITS[found[2]]
    raise ValueError(f"is {window!r}; write minutes, like 0.25, or a number with m, h, d or w")


class Share(Strict):
    """What a ratio is held to."""

    display_name: str = ""
    target: float = Field(gt=0, le=1)


class ShareOfSlices(Share):
    """What a ratio is held to slice by slice, and the share of slices that must hold it."""

    time_slice_target: float = Field(gt=0, le=1)
    time_slice_window: Annotated[float, BeforeValidator(_seconds), Field(ge=0.001)]


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


class Ratios(Spec, Generic[S]):
    source: ClassVar = SourceType.RATIO
    op: ClassVar = Op.AT_LEAST

    indicator: Indicator[RatioMetric]
    budgeting_method: Literal["Occurrences", "Timeslices"]
    objectives: list[S] = Field(min_length=1, max_length=1)

    @property
    def good(self) -> str:
        return self.indicator.spec.ratio_metric.good.metric_source.spec.query

    @property
    def total(self) -> str:
        return self.indicator.spec.ratio_metric.total.metric_source.spec.query

    @property
    def target(self) -> float:
        return self.objectives[0].target


class RatioSpec(Ratios[Share]):
    timeslice: ClassVar = None


class SlicedSpec(Ratios[ShareOfSlices]):
    @property
    def timeslice(self) -> Timeslice:
        share = self.objectives[0]
        return Timeslice(share.time_slice_window, share.time_slice_target)

    @model_validator(mode="after")
    def _counters_are_read_where_slices_end(self) -> Self:
        if "$window" in self.good + self.total:
            raise ValueError("queries a range for time slices; read counters @ $start and @ $end")
        return self


class ThresholdSpec(Spec):
    good: ClassVar = ""
    timeslice: ClassVar = None

    indicator: Indicator[ThresholdMetric]
    budgeting_method: Literal["Occurrences"]
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


def _held_to(spec: object) -> str:
    """Which of the three kinds a spec is meant to be, so that errors speak of that kind alone."""
    match spec:
        case {"indicator": {"spec": {"ratioMetric": _}}, "budgetingMethod": "Timeslices"}:
            return "slices"
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
        Annotated[RatioSpec, Tag("share")]
        | Annotated[SlicedSpec, Tag("slices")]
        | Annotated[ThresholdSpec, Tag("limit")],
        Discriminator(_held_to),
    ]

    @model_validator(mode="after")
    def _only_requests_have_a_floor(self) -> Self:
        if self.spec.source is SourceType.THRESHOLD and self.metadata.annotations.floor > 1:
            raise ValueError(f"has {OURS}floor on a threshold, which counts no requests")
        return self
