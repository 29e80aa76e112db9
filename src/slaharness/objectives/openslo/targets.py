"""What an objective of an SLO is held to: a share of requests or of slices, or a limit of one number."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from slaharness.model import Op, Timeslice
from slaharness.objectives.openslo.metadata import Strict
from slaharness.objectives.openslo.shorthand import slice_seconds


def _reachable(target: float | None) -> float | None:
    if target == 0:
        raise ValueError("is 0, which holds whatever fails; write the share that must be good")
    return target


Target = Annotated[float | None, AfterValidator(_reachable)]


class Held(Strict):
    """What every objective of an SLO may have."""

    display_name: str = ""
    target: Annotated[Target, Field(ge=0, le=1)] = None
    target_percent: Annotated[Target, Field(ge=0, le=100)] = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.target is not None and self.target_percent is not None:
            raise ValueError("has both `target` and `targetPercent`; write one of them")
        return self

    @property
    def share(self) -> float | None:
        return self.target if self.target_percent is None else float(Decimal(str(self.target_percent)) / 100)

    @property
    def held_to(self) -> float:
        return self.share or 0.0

    @property
    def sign(self) -> Op:
        return Op.AT_LEAST

    @property
    def timeslice(self) -> Timeslice | None:
        return None


class Share(Held):
    """What a ratio is held to."""

    @model_validator(mode="after")
    def _a_target(self) -> Self:
        if self.share is None:
            raise ValueError("has neither `target` nor `targetPercent`")
        return self


class MeanOfSlices(Share):
    """What the mean of the slices' shares is held to."""

    time_slice_window: Annotated[float, BeforeValidator(slice_seconds), Field(ge=0.001)]

    @property
    def timeslice(self) -> Timeslice:
        return Timeslice(self.time_slice_window, None)


class ShareOfSlices(Share):
    """What a ratio is held to slice by slice, and the share of slices that must hold it."""

    time_slice_target: float = Field(gt=0, le=1)
    time_slice_window: Annotated[float, BeforeValidator(slice_seconds), Field(ge=0.001)]

    @property
    def timeslice(self) -> Timeslice:
        return Timeslice(self.time_slice_window, self.time_slice_target)


class Limit(Held):
    """What a threshold is held to."""

    op: Literal["gte", "lte", "gt", "lt"]
    value: float

    @property
    def held_to(self) -> float:
        return self.value

    @property
    def sign(self) -> Op:
        return Op(self.op)
