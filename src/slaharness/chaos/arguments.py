"""What experiments may give to faults, beside plain text and numbers."""

from typing import Annotated

from pydantic import Field

Name = Annotated[str, Field(min_length=1)]
#: Seconds to wait for something, unless the experiment says otherwise.
Limit = Annotated[float, Field(gt=0)]
