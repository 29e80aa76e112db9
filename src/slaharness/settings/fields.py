"""The kinds of values that settings are made of."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from slaharness.errors import BadInput
from slaharness.host.duration import seconds

#: A name as Kubernetes has it.
NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
VARIABLE = r"^([A-Za-z_][A-Za-z0-9_]*)?$"


def registry(text: str) -> str:
    """The address of a registry, or "" for none. Raises BadInput before anything is made for it."""
    if text:
        from slaharness.image.registry import Registry  # noqa: PLC0415  # brings all that builds images

        Registry.at(text)
    return text


def _lasting(text: str) -> float:
    """Raises BadInput for what is no duration, or none at all: between two scrapes there is some."""
    if not (found := seconds(text)):
        raise BadInput(f"{text!r} is no time")
    return found


def _readable(read: Callable[[str], object]) -> AfterValidator:
    """Whether a reader of ours takes the text, which stays as it is."""

    def checked(text: str) -> str:
        try:
            read(text)
        except BadInput as error:
            raise ValueError(str(error)) from error
        return text

    return AfterValidator(checked)


def _connectable(text: str) -> str:
    """Raises ValueError for a URL to which nobody can connect, whatever runs there."""
    try:
        parts = urlsplit(text)
        there = parts.hostname and parts.port != 0
    except ValueError as error:
        raise ValueError(f"{text!r} is no URL: {error}") from error
    if not there or any(one.isspace() for one in text):
        raise ValueError(f"{text!r} is no URL: write http://HOST[:PORT][/PATH]")
    return text


def _connectable_if_any(text: str) -> str:
    return _connectable(text) if "://" in text else text


Name = Annotated[str, Field(pattern=NAME)]
Names = Annotated[list[Name], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]
Connectable = AfterValidator(_connectable_if_any)
Url = Annotated[str, Field(pattern=r"^https?://[^/\s]+"), Connectable]
Variable = Annotated[str, Field(pattern=VARIABLE)]
Duration = Annotated[str, _readable(_lasting)]
RegistryAddress = Annotated[str, _readable(registry)]


class Strict(BaseModel):
    """Nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
