"""Alert policies of OpenSLO v1: nobody is called in a run, but what they say of burnt budgets is read."""

from typing import Any, Literal

from pydantic import Field

from slaharness.model import BurnAlert
from slaharness.objectives.openslo.metadata import Metadata, Strict
from slaharness.objectives.openslo.shorthand import Shorthand, seconds

#: How a burn is compared that is to be small.
LITTLE = ("lt", "lte")


class BurnRate(Strict):
    kind: Literal["burnrate", "Burnrate"]
    op: Literal["gt", "gte", "lt", "lte"] = "gte"
    threshold: float = Field(gt=0)
    lookback_window: Shorthand
    alert_after: Shorthand | None = None


class ConditionSpec(Strict):
    description: str = ""
    severity: str = ""
    condition: BurnRate


class AlertCondition(Strict):
    api_version: Literal["openslo/v1"] = "openslo/v1"
    kind: Literal["AlertCondition"]
    metadata: Metadata
    spec: ConditionSpec


class TargetSpec(Strict):
    description: str = ""
    target: str


class AlertNotificationTarget(Strict):
    api_version: Literal["openslo/v1"] = "openslo/v1"
    kind: Literal["AlertNotificationTarget"]
    metadata: Metadata
    spec: TargetSpec


class PolicySpec(Strict):
    description: str = ""
    alert_when_no_data: bool = False
    alert_when_resolved: bool = False
    alert_when_breaching: bool = False
    conditions: list[AlertCondition] = Field(min_length=1)
    #: Whom they are, a run does not ask: it notifies nobody.
    notification_targets: list[Any] = Field([])


class AlertPolicy(Strict):
    api_version: Literal["openslo/v1"] = "openslo/v1"
    kind: Literal["AlertPolicy"]
    metadata: Metadata
    spec: PolicySpec

    @property
    def alerts(self) -> list[BurnAlert]:
        """The burn rates that this policy alerts on; none where it does not alert on a breach."""
        if not self.spec.alert_when_breaching:
            return []
        return [
            BurnAlert(
                one.metadata.name, one.spec.condition.threshold, seconds(one.spec.condition.lookback_window)
            )
            for one in self.spec.conditions
            if one.spec.condition.op not in LITTLE
        ]

    @property
    def read_as(self) -> str:
        """What of it means something else to a run."""
        said = "its burn rates are held against each window" if self.alerts else "it alerts on no breach"
        little = [one.metadata.name for one in self.spec.conditions if one.spec.condition.op in LITTLE]
        said += "".join(f"; {one} asks for little burn, which one window cannot tell" for one in little)
        no_data = "; no data is a miss" if self.spec.alert_when_no_data else ""
        return f"{said}{no_data}; nobody is notified"
