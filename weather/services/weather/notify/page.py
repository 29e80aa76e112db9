"""A page for people: stations, the history of one, limits, alerts as they come; all served from here."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

FOLDER = Path(__file__).parent / "page"
#: Only what is served from here may be run, shown or asked.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

routes = APIRouter(include_in_schema=False)


@routes.get("/")
async def index() -> FileResponse:
    return FileResponse(FOLDER / "index.html", headers=HEADERS)


@routes.get("/page.js")
async def script() -> FileResponse:
    return FileResponse(FOLDER / "page.js", headers=HEADERS)


@routes.get("/page.css")
async def style() -> FileResponse:
    return FileResponse(FOLDER / "page.css", headers=HEADERS)
