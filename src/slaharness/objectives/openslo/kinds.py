"""Every kind of OpenSLO document, by its name: the SLO, and what SLOs refer to."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from slaharness.objectives.openslo.alerting import AlertCondition, AlertNotificationTarget, AlertPolicy
from slaharness.objectives.openslo.indicator import RatioMetric, ThresholdMetric
from slaharness.objectives.openslo.metadata import Metadata, Strict
from slaharness.objectives.openslo.schema import Slo


def _metric(spec: object) -> str:
    return "ratio" if isinstance(spec, dict) and "ratioMetric" in spec else "threshold"


class Sli(Strict):
    api_version: Literal["openslo/v1"]
    kind: Literal["SLI"]
    metadata: Metadata
    spec: Annotated[
        Annotated[RatioMetric, Tag("ratio")] | Annotated[ThresholdMetric, Tag("threshold")],
        Discriminator(_metric),
    ]


class DataSourceSpec(Strict):
    description: str = ""
    type: str
    #: Not followed, and not kept: it may hold secrets.
    connection_details: Any = None


class DataSource(Strict):
    api_version: Literal["openslo/v1"]
    kind: Literal["DataSource"]
    metadata: Metadata
    spec: DataSourceSpec


class ServiceSpec(Strict):
    description: str = ""


class Service(Strict):
    api_version: Literal["openslo/v1"]
    kind: Literal["Service"]
    metadata: Metadata
    spec: ServiceSpec


#: What each kind of document is read with.
KINDS: dict[str, type[Strict]] = {
    "SLO": Slo,
    "SLI": Sli,
    "DataSource": DataSource,
    "Service": Service,
    "AlertPolicy": AlertPolicy,
    "AlertCondition": AlertCondition,
    "AlertNotificationTarget": AlertNotificationTarget,
}
