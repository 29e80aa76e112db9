"""OpenSLO v1 as strict models: what an objective may be written in, for `openslo` to read with.

An SLO's indicator is
- a ``ratioMetric`` of counters (good or bad, and total, from Prometheus) held to a share, ``target``: of
  requests; or with ``Timeslices`` of slices of a window, each good when enough of its requests were; or with
  ``RatioTimeslices`` of the mean of the slices' own shares; or
- a ``thresholdMetric`` (from Prometheus, or a figure of the Ledger's check) held to ``op`` and ``value``.

What else OpenSLO knows is refused, never ignored; what means something else to one window of a run is said
with its measurement (``read_as``).
"""

from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import Discriminator, Field, Tag, model_validator

from slaharness.model import SourceType
from slaharness.objectives.openslo.alerting import AlertPolicy
from slaharness.objectives.openslo.indicator import Indicator, Ledger, RatioMetric, ThresholdMetric
from slaharness.objectives.openslo.metadata import OURS, Metadata, Strict
from slaharness.objectives.openslo.shorthand import Shorthand, seconds
from slaharness.objectives.openslo.targets import Limit, MeanOfSlices, Share, ShareOfSlices

_COMPOSITE = "is not read: composite SLOs are not; write an SLO for each indicator"
_SLICED = "is for a ratioMetric with `budgetingMethod: Timeslices`"
#: Fields of OpenSLO v1 that are refused where they stand, and what to write instead.
REFUSED = {
    "indicator": _COMPOSITE,
    "indicatorRef": _COMPOSITE,
    "compositeWeight": _COMPOSITE,
    "op": "is for a thresholdMetric; a ratio is held to `target`",
    "value": "is for a thresholdMetric; a ratio is held to `target`",
    "timeSliceTarget": _SLICED,
    "timeSliceWindow": f"{_SLICED} or RatioTimeslices",
    "raw": "is not read: it hides how many requests it stands for; write `good` and `total`",
    "rawType": "is not read; write `good` and `total`",
    "thresholdMetric": "cannot stand beside a ratioMetric",
}

S = TypeVar("S", bound="Share")


class Calendar(Strict):
    #: A time, which YAML makes of some of its texts.
    start_time: Any
    time_zone: str = ""


class TimeWindow(Strict):
    duration: Shorthand
    is_rolling: bool = False
    calendar: Calendar | None = None


class Spec(Strict):
    """What ratios and thresholds have in common."""

    description: str = ""
    service: str
    time_window: list[TimeWindow] = Field([], max_length=1)
    alert_policies: list[AlertPolicy] = Field([])

    @property
    def period(self) -> float:
        """What the error budget is for, in seconds; 0 when that is not said."""
        return seconds(self.time_window[0].duration) if self.time_window else 0.0

    @property
    def read_as(self) -> dict[str, str]:
        """What means something else to one window of a run."""
        said = {f"alert policy {one.metadata.name}": one.read_as for one in self.alert_policies}
        if self.time_window and self.time_window[0].calendar:
            said["calendar"] = "not followed: the budget is that of a period of this length"
        return said


class Ratios(Spec, Generic[S]):
    source: ClassVar = SourceType.RATIO

    indicator: Indicator[RatioMetric]
    budgeting_method: Literal["Occurrences", "Timeslices", "RatioTimeslices"]
    objectives: list[S] = Field(min_length=1)

    @property
    def good(self) -> str:
        queries = self.indicator.spec.ratio_metric.queries
        return queries["good"].text if "good" in queries else f"{self.total} - ({queries['bad'].text})"

    @property
    def total(self) -> str:
        return self.indicator.spec.ratio_metric.queries["total"].text

    @property
    def read_as(self) -> dict[str, str]:
        queries = self.indicator.spec.ratio_metric.queries
        return super().read_as | {
            f"{name} as written": query.written for name, query in queries.items() if query.written
        }


class ThresholdSpec(Spec):
    good: ClassVar = ""

    indicator: Indicator[ThresholdMetric]
    budgeting_method: Literal["Occurrences"]
    objectives: list[Limit] = Field(min_length=1)

    @property
    def source(self) -> SourceType:
        metric = self.indicator.spec.threshold_metric.metric_source
        return SourceType.LEDGER if isinstance(metric, Ledger) else SourceType.THRESHOLD

    @property
    def total(self) -> str:
        metric = self.indicator.spec.threshold_metric.metric_source
        return metric.spec.figure if isinstance(metric, Ledger) else metric.spec.query.text

    @property
    def read_as(self) -> dict[str, str]:
        metric = self.indicator.spec.threshold_metric.metric_source
        said = super().read_as
        if not isinstance(metric, Ledger) and metric.spec.query.written:
            said["value as written"] = metric.spec.query.written
        if any(one.share is not None for one in self.objectives):
            said["target"] = "of no effect: a window gives one number, and that must hold"
        if self.alert_policies:
            said["burn rates"] = "of no effect: one number burns no budget"
        return said


def _held_to(spec: object) -> str:
    """Which of the four kinds a spec is meant to be, so that errors speak of that kind alone."""
    match spec:
        case {"indicator": {"spec": {"ratioMetric": _}}, "budgetingMethod": "Timeslices"}:
            return "slices"
        case {"indicator": {"spec": {"ratioMetric": _}}, "budgetingMethod": "RatioTimeslices"}:
            return "mean"
        case {"indicator": {"spec": {"ratioMetric": _}}}:
            return "share"
        case _:
            return "limit"


class Slo(Strict):
    api_version: Literal["openslo/v1"]
    kind: Literal["SLO"]
    metadata: Metadata
    spec: Annotated[
        Annotated[Ratios[Share], Tag("share")]
        | Annotated[Ratios[ShareOfSlices], Tag("slices")]
        | Annotated[Ratios[MeanOfSlices], Tag("mean")]
        | Annotated[ThresholdSpec, Tag("limit")],
        Discriminator(_held_to),
    ]

    @model_validator(mode="after")
    def _only_requests_have_a_floor(self) -> Self:
        if self.spec.source is SourceType.THRESHOLD and self.metadata.annotations.floor > 1:
            raise ValueError(f"has {OURS}floor on a threshold, which counts no requests")
        return self
