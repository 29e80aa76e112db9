"""How services say no: in JSON, with a reason, never with what they were sent; and how they document it."""

import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from weather.database import Unavailable

#: Bytes of a request's body; the largest that means anything is an announcement to a hundred people.
MOST = 64 * 1024


class Wrong(BaseModel):
    """One thing that is wrong with a request: where, and what."""

    loc: list[str | int]
    msg: str
    type: str


class Refused(BaseModel):
    """Why a request will never be answered, however often it is made."""

    detail: str | list[Wrong]


class Unanswered(BaseModel):
    """Why a request was not answered now. It says nothing about whether a write was kept: make it again."""

    reason: str


class Said(JSONResponse):
    """In ASCII: what does not fit into UTF-8 (half of a surrogate pair, say) does not fit into an answer."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, allow_nan=False).encode()


#: What every route may answer with; those that look for one thing add ``MISSING``.
EVERYWHERE: dict[int | str, dict[str, Any]] = {
    400: {"model": Refused, "description": "The body cannot be read as JSON at all."},
    413: {"content": {"text/plain": {}}, "description": f"The body has more than {MOST} bytes."},
    422: {"model": Refused, "description": "Something in path, query or body could not be true."},
    503: {"model": Unanswered, "description": "The database did not answer in time, or refused."},
}
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Refused, "description": "There is none."}}


def add_to(app: FastAPI) -> None:
    """Have the service answer so."""
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _wrong)


async def _unavailable(_: Request, error: Exception) -> Response:
    return Said({"reason": str(error)}, status_code=503)


async def _wrong(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - it is registered for nothing else
    # The input itself stays out: it may be large, or a number that JSON does not have.
    found = [{key: one[key] for key in ("loc", "msg", "type")} for one in error.errors()]
    return Said({"detail": found}, status_code=422)
