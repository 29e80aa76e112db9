"""What may stand in an experiment: Chaos Toolkit's format, strictly, so that no misspelt key goes unseen."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0)]
#: A number, or the name of one in the configuration, as `${name}`.
Amount = Seconds | Annotated[str, Field(pattern=r"^\$\{.+\}$")]


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
    timeout: Amount | None = None


class Http(Strict):
    type: Literal["http"]
    url: Text
    method: str = "GET"
    headers: dict[str, Any] = {}
    arguments: Any = None
    timeout: Amount | list[Amount] | None = None
    verify_tls: bool = True
    max_retries: int = 0
    expected_status: int | None = None


class Pauses(Strict):
    before: Amount = 0.0
    after: Amount = 0.0


class Activity(Strict):
    type: Literal["action", "probe"]
    name: Text
    provider: Annotated[Python | Process | Http, Field(discriminator="type")]
    background: bool = False
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
        return probes


class Document(Strict):
    """A whole experiment, its references resolved. Controls are refused: they may change what is run."""

    version: str | None = None
    title: Text
    description: Text
    tags: list[Text] = []
    contributions: dict[str, Any] = {}
    extensions: list[dict[str, Any]] = []
    configuration: dict[str, Any] = {}
    secrets: dict[str, Any] = {}
    runtime: dict[str, Any] = {}
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
