"""What things cost: the project's ``scenarios/prices.yaml``, read strictly."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slaharness.errors import BadInput
from slaharness.objectives.openslo.documents import Plain


def _written(name: str) -> str:
    return name.replace("_", "-")


class Prices(BaseModel):
    """Of one currency: a processor and a GiB of memory for an hour, a GiB of disk for a month, and so on.

    ``gb_traffic`` is 10⁹ bytes that leave the cluster. ``engineer_hour`` is in older files and counts for
    nothing: no run takes manual work.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        alias_generator=_written,
        populate_by_name=True,
    )

    currency: str = Field(pattern=r"^[A-Z]{3}$")
    vcpu_hour: float = Field(ge=0)
    gib_hour: float = Field(ge=0)
    gib_month: float = Field(ge=0)
    gb_traffic: float = Field(ge=0)
    engineer_hour: float = Field(default=0.0, ge=0)


def load(file: Path) -> Prices | None:
    """None when there is no such file: a project need not price anything. Raises BadInput."""
    if not file.exists():
        return None
    try:
        return Prices.model_validate(Plain(file.read_text("utf-8")).get_single_data())
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise BadInput(f"{file}: {_complaint(error)}") from error


def _complaint(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
    return " ".join(str(error).split())
