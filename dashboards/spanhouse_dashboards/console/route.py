"""The console's boundary: every answer gets the security headers, every expected error becomes a page of one sentence.

Must not know any page.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from spanhouse_collector.errors import SpanhouseError
from spanhouse_dashboards.console.rendering import HEADERS, error_page


class ConsoleRoute(APIRoute):
    """A route whose SpanhouseErrors are shown as pages; anything else goes on to the server's own boundary."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, guarded."""
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                response = await handler(request)
            except SpanhouseError as error:
                response = error_page(error)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return guarded
