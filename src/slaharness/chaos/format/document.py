"""What may stand in an experiment: Chaos Toolkit's format, strictly, so that no misspelt key goes unseen."""

import re
from math import inf
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    field_validator,
)

Text = Annotated[str, Field(min_length=1)]


def _seconds(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < inf
    variable = isinstance(value, str) and re.fullmatch(r"\$\{.+\}", value)
    if not (value is None or number or variable):
        raise ValueError(f"{value!r} is no number of seconds; write one, like 5")
    return value


def _patience(value: Any) -> Any:
    """Seconds to wait for an answer; as a list, to connect and to read."""
    if isinstance(value, list) and len(value) == 2:  # noqa: PLR2004 as said
        return [_patience(one) for one in value]
    if _seconds(value) == 0:
        raise ValueError("0 seconds leave no time for an answer")
    return value


#: A number of seconds, or the name of one in the configuration, as `${name}`.
Amount = Annotated[Any, AfterValidator(_seconds)]
Patience = Annotated[Any, AfterValidator(_patience)]


#: When a hypothesis may be asked: as Chaos Toolkit does (before and after), or less often.
STRATEGIES = ("default", "before-method-only", "after-method-only", "skip")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Python(Strict):
    type: Literal["python"]
    module: Text
    func: Text
    arguments: dict[str, Any] = {}
    secrets: list[str] = []
    configuration: list[str] | None = None


class Process(Strict):
    type: Literal["process"]
    path: Text
    arguments: dict[str, Any] | list[Any] | str = []
    secrets: list[str] = []
    timeout: Patience = None


class Http(Strict):
    type: Literal["http"]
    url: Text
    method: str = "GET"
    headers: dict[str, Any] | None = None
    arguments: Any = None
    secrets: list[str] = []
    timeout: Patience = None
    verify_tls: StrictBool = True
    max_retries: StrictInt = 0


class Pauses(Strict):
    before: Amount = None
    after: Amount = None


class Activity(Strict):
    type: Literal["action", "probe"]
    name: Text
    provider: Annotated[Python | Process | Http, Field(discriminator="type")]
    background: StrictBool = False
    pauses: Pauses = Pauses()
    tolerance: Any = None


class Hypothesis(Strict):
    title: Text
    probes: list[Activity] = []

    @field_validator("probes")
    @classmethod
    def _with_tolerance(cls, probes: list[Activity]) -> list[Activity]:
        for probe in probes:
            if probe.type != "probe" or "tolerance" not in probe.model_fields_set:
                raise ValueError(f"{probe.name!r} must be a probe with a tolerance")
            if probe.background:
                raise ValueError(f"{probe.name!r}: nothing of a hypothesis runs in the background")
        return probes


class HypothesisStrategy(Strict):
    strategy: str = "default"

    @field_validator("strategy")
    @classmethod
    def _at_an_instant(cls, strategy: str) -> str:
        if strategy not in STRATEGIES:
            raise ValueError(
                f"{strategy!r} is not done here: what must hold while the fault lasts is for objectives to "
                f"say, by every request and not by a probe now and then; write {', '.join(STRATEGIES)}"
            )
        return strategy


class RollbackStrategy(Strict):
    strategy: str = "always"

    @field_validator("strategy")
    @classmethod
    def _always(cls, strategy: str) -> str:
        if strategy not in {"always", "default"}:
            raise ValueError(f"{strategy!r} is not done here: rollbacks always run; write always")
        return strategy


class Runtime(Strict):
    hypothesis: HypothesisStrategy = HypothesisStrategy()
    rollbacks: RollbackStrategy = RollbackStrategy()


class Document(Strict):
    """A whole experiment, its references resolved."""

    version: str | int | float | None = None
    title: Text
    description: Text
    tags: list[Text] | None = None
    contributions: dict[str, Any] | None = None
    extensions: list[dict[str, Any]] | None = None
    configuration: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    runtime: Annotated[Runtime, BeforeValidator(lambda said: said or {})] = Runtime()
    hypothesis: Hypothesis | None = Field(None, alias="steady-state-hypothesis")
    method: list[Activity]
    rollbacks: list[Activity] = []

    @field_validator("method")
    @classmethod
    def _with_action(cls, method: list[Activity]) -> list[Activity]:
        if not any(activity.type == "action" for activity in method):
            raise ValueError("holds no action, so nothing would happen")
        return method

    def activities(self) -> dict[str, Activity]:
        """Every activity by its place in the file (``method[0]``)."""
        probes = self.hypothesis.probes if self.hypothesis else []
        parts = {"steady-state-hypothesis.probes": probes, "method": self.method, "rollbacks": self.rollbacks}
        return {f"{part}[{at}]": one for part, ones in parts.items() for at, one in enumerate(ones)}


def first_wrong(error: ValidationError) -> tuple[str, str]:
    """Return field and words of the first thing wrong, and how many more there are."""
    first, *more = error.errors()
    steps = (step for step in first["loc"] if step not in {"python", "process", "http"})
    at = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    words = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        words += ": Chaos Toolkit knows no such field here, and would ignore it"
    return at, words + (f" (and {len(more)} more)" if more else "")
