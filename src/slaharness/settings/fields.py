"""The kinds of values that settings are made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from slaharness.errors import BadInput
from slaharness.host.duration import seconds

#: A name as Kubernetes has it.
NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
VARIABLE = r"^([A-Za-z_][A-Za-z0-9_]*)?$"


def _duration(text: str) -> str:
    try:
        seconds(text)
    except BadInput as error:
        raise ValueError(str(error)) from error
    return text


def _registry(text: str) -> str:
    from slaharness.image.registry import Registry  # noqa: PLC0415  # brings all that builds images

    try:
        if text:
            Registry.at(text)
    except BadInput as error:
        raise ValueError(str(error)) from error
    return text


Name = Annotated[str, Field(pattern=NAME)]
Names = Annotated[list[Name], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]
Url = Annotated[str, Field(pattern=r"^https?://[^/\s]+")]
Variable = Annotated[str, Field(pattern=VARIABLE)]
Duration = Annotated[str, AfterValidator(_duration)]
RegistryAddress = Annotated[str, AfterValidator(_registry)]


class Strict(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
