"""What every OpenSLO file begins with: a name, and what is said of it beside the format; ours strictly."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

#: Before the names of our own annotations.
TOOL = "slaharness"
OURS = f"{TOOL}.dev/"


class Strict(BaseModel):
    """Nothing unknown, nothing converted, nothing infinite; the file's camelCase is our snake_case."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, alias_generator=to_camel)


class Annotations(BaseModel):
    """Ours are known by name; those of other tools are theirs."""

    model_config = ConfigDict(extra="allow")

    #: Requests (or acknowledged writes) below which nothing is concluded.
    floor: int = Field(1, alias="slaharness.dev/floor", ge=1)
    #: What a request that is not good did: "failed", "took over 0.5 s or failed".
    bad: str = Field("failed", alias="slaharness.dev/bad")

    @model_validator(mode="after")
    def _ours_are_known(self) -> Self:
        for name in self.model_extra or {}:
            if TOOL in name.partition("/")[0]:
                raise ValueError(f"holds {name}, which is not known; ours are {OURS}floor and {OURS}bad")
        return self


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", value):
        raise ValueError(f"is {value!r:.60}; write small letters, digits and dashes, at most 63")
    return value


class Metadata(Strict):
    name: Annotated[str, AfterValidator(_name)]
    display_name: str = ""
    labels: dict[str, str | list[str]] = {}
    annotations: Annotations = Field(default_factory=lambda: Annotations.model_validate({}))
