"""``[send]`` of the settings: where verdicts and figures go to, when a command is asked to send them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from slaharness.settings.access import Access
from slaharness.settings.fields import Connectable

#: Labels that series have anyway.
OWN = {
    "scenario", "stack", "profile", "cluster", "objective", "window", "service", "figure", "comparison",
    "job", "instance",
}  # fmt: skip


def _free(name: str) -> str:
    if name in OWN:
        raise ValueError(f"{name!r} is a label that series have of their own")
    return name


Label = Annotated[str, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9_]*$"), AfterValidator(_free)]


class Send(Access):
    """Where verdicts and figures go, if asked: `run --send`, `nightly --send`, `slaharness send RECORD`."""

    url: Annotated[str, Field(pattern=r"^https?://[^/@\s]+(/\S*)?$"), Connectable] = Field(
        description="The whole URL that takes them, without a password: of Prometheus "
        "`…/api/v1/write` or `…/api/v1/otlp/v1/metrics`, of a collector `…/v1/metrics`."
    )
    protocol: Literal["remote-write", "otlp"] = Field(
        description="`remote-write` of Prometheus, or `otlp`: OpenTelemetry's, over HTTP."
    )
    labels: dict[Label, str] = Field(default={}, description="Labels that every series gets beside its own.")
