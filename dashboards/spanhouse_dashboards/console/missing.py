"""Answers a browser that asks for a page there is none of with a page; programs keep the answer they had.

Must not know what pages there are.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_collector.errors import NotFound
from spanhouse_dashboards.console.rendering import HEADERS, error_page

# Addresses of programs: whoever opens one in a browser wants to see what a program would.
_PROGRAMS = ("/api/", "/v1/", "/console/")


def add_missing_page(app: FastAPI) -> None:
    """Puts the page in front of the application's own answer to what nobody serves. Before the first request."""
    former = app.exception_handlers[HTTPException]

    async def tell(request: Request, error: HTTPException) -> Response:
        if error.status_code != 404 or not _wants_page(request):
            answer = former(request, error)
            return answer if isinstance(answer, Response) else await answer
        reply = error_page(NotFound(f"there is no page at {request.url.path}; the overview leads to all there are"))
        reply.headers.update(HEADERS)
        return reply

    app.exception_handlers[HTTPException] = tell


def _wants_page(request: Request) -> bool:
    is_page = request.method in ("GET", "HEAD") and not request.url.path.startswith(_PROGRAMS)
    return is_page and "text/html" in request.headers.get("accept", "")
