"""The HTTP application: OTLP, health, figures and the JSON API on one port, behind the checks that guard all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from spanhouse_collector.api import key_routes, local, metrics, prices, stored
from spanhouse_collector.api.keys import Access
from spanhouse_collector.errors import Forbidden, InvalidRequest, NotFound, SpanhouseError
from spanhouse_collector.ingest.figures import Figures
from spanhouse_collector.ingest.journal import Backlog
from spanhouse_collector.ingest.overrides import Overrides
from spanhouse_collector.ingest.reprice import Repricer
from spanhouse_collector.otlp import http as otlp_http
from spanhouse_collector.otlp import reply
from spanhouse_collector.otlp.intake import Transport
from spanhouse_collector.redaction.configuration import Redaction
from spanhouse_collector.storage import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the application is made of. `not_ready` is a sentence while it cannot accept spans, else empty."""

    store: Callable[[], Store]
    access: Access
    transport: Transport
    not_ready: Callable[[], str]
    figures: tuple[Figures, ...]
    backlogs: Callable[[], Mapping[str, Backlog]]
    overrides: Overrides
    repricer: Repricer
    redaction: Redaction
    gauges: Callable[[], Iterable[metrics.Gauge]] = tuple


def create_app(parts: Parts) -> FastAPI:
    """The application; further routers may be included."""
    app = FastAPI(
        title="Spanhouse",
        summary="LLM observability and evaluation",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(otlp_http.router(parts.transport))
    app.include_router(
        prices.router(parts.store, parts.access, overrides=parts.overrides, repricer=parts.repricer, redaction=parts.redaction)
    )
    app.include_router(key_routes.router(parts.access))
    app.include_router(stored.router(parts.store, parts.access, redaction=parts.redaction))
    _add_health(app, parts)
    app.add_exception_handler(SpanhouseError, _tell)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    app.add_exception_handler(HTTPException, _tell_unserved)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # how FastAPI wants its document changed
    if parts.access.open_locally:
        app.add_middleware(_OnlyLocal, transport=parts.transport)
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, without the 422 that FastAPI puts everywhere: wrong parameters are answered 400 here."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(name, None)
        app.openapi_schema = document
    return app.openapi_schema


def _add_health(app: FastAPI, parts: Parts) -> None:
    @app.get("/livez", tags=["health"])
    async def livez() -> dict[str, str]:
        """Whether the process runs."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["health"])
    async def readyz() -> JSONResponse:
        """Whether spans are accepted."""
        reason = parts.not_ready()
        if reason:
            return JSONResponse({"status": "not ready", "reason": reason}, status_code=503, headers={"Retry-After": "1"})
        return JSONResponse({"status": "ready"})

    @app.get("/metrics", tags=["health"], response_class=Response)
    def figures() -> Response:
        """Figures in Prometheus' text format."""
        return Response(metrics.render(parts.figures, parts.backlogs, gauges=parts.gauges), media_type=metrics.CONTENT_TYPE)


class _OnlyLocal:
    """Without keys, only this machine's own pages and programs may ask; a foreign site in its browser may not.

    A page whose origin is configured may send OTLP, and nothing else. Speaks ASGI itself, because Starlette's base for such
    checks starts a task for every piece of a body: half of what the event loop had to do for a large one.
    """

    def __init__(self, app: ASGIApp, *, transport: Transport) -> None:
        self._app = app
        self._origins = transport.origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._app
        if scope["type"] == "http":
            origins = self._origins if scope["path"] in otlp_http.PATHS else frozenset()
            reason = local.foreign(Headers(scope=scope), origins=origins)
            answer = _error_response(Forbidden(reason), 403) if reason else self._app
        await answer(scope, receive, send)


async def _tell(_request: Request, error: Exception) -> Response:
    if isinstance(error, NotFound):
        return _error_response(error, 404)
    failure = reply.failure(error) if isinstance(error, SpanhouseError) else reply.failure(SpanhouseError(str(error)))
    headers = {} if failure.retry_after_s is None else {"Retry-After": str(failure.retry_after_s)}
    return JSONResponse({"error": failure.message}, status_code=failure.http_status, headers=headers)


async def _tell_unserved(request: Request, error: Exception) -> Response:
    """A path that nobody serves, or a method that it does not take."""
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (404, None)
    path = request.url.path
    what = f"{path} takes no {request.method}" if status == 405 else f"there is nothing at {path}"
    if otlp_http.is_spoken(request):
        answer = otlp_http.unserved(request, reply.Failure(http_status=status, code=reply.UNIMPLEMENTED, message=what))
        answer.headers.update(headers or {})
        return answer
    return JSONResponse({"error": f"{what}; /api/v1/openapi.json lists what there is"}, status_code=status, headers=headers)


async def _tell_invalid(_request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    first = faults[0] if faults else {"loc": ("request",), "msg": "is not valid", "input": None}
    loc = first["loc"]
    where = ".".join(str(part) for part in loc) if isinstance(loc, tuple) else "request"
    return _error_response(InvalidRequest(f"{where} is {first.get('input')!r}: {first['msg']}"), 400)


def _error_response(error: SpanhouseError, status: int) -> Response:
    return JSONResponse({"error": str(error)}, status_code=status)
