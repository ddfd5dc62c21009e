"""OTLP over HTTP: POST /v1/traces and /v1/logs, protobuf or JSON, plain or compressed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from spanhouse_collector.errors import InvalidRequest, SpanhouseError
from spanhouse_collector.otlp import body, json_decode, protobuf, reply
from spanhouse_collector.otlp.intake import Transport
from spanhouse_collector.otlp.protobuf import Checked, Signal

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
# Larger bodies, and compressed ones, whose size is not known yet, are parsed in a thread, so that a big request does not hold
# up everybody else's (4 µs a span, ~1 ms here).
_INLINE_BYTES = 512 * 1024


def router(transport: Transport) -> APIRouter:
    """The OTLP routes."""
    routes = APIRouter(tags=["OTLP"])
    for signal in ("traces", "logs"):
        routes.add_api_route(
            f"/v1/{signal}",
            _endpoint(transport, signal),
            methods=["POST"],
            include_in_schema=False,
        )
    return routes


def _endpoint(transport: Transport, signal: Signal) -> Callable[[Request], Awaitable[Response]]:
    async def export(request: Request) -> Response:
        media_type = _media_type(request)
        if media_type is None:
            return _unsupported(
                f"content type {request.headers.get('content-type', '')!r} is not {PROTOBUF} or {JSON}; send one of them"
            )
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "", *body.COMPRESSIONS):
            known = ", ".join(body.COMPRESSIONS)
            return _unsupported(f"content encoding {encoding!r} is none of {known}; send one of them or plain", media_type)
        try:
            project = transport.authorize(request.headers)
            checked = await _checked(transport, signal, request, media_type)
            if checked.items:
                await transport.intake.keep(signal, checked, project=project)
        except SpanhouseError as error:
            return failure_response(reply.failure(error), media_type)
        return _success(signal, checked, media_type)

    return export


async def _checked(transport: Transport, signal: Signal, request: Request, media_type: str) -> Checked:
    limit = transport.max_body_bytes
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise body.too_large(limit)
    raw = await body.read(request.stream(), limit_bytes=limit)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()

    def work() -> Checked:
        data = body.decompress(raw, encoding, limit_bytes=limit) if encoding in body.COMPRESSIONS else raw
        if media_type == PROTOBUF:
            return protobuf.check(signal, data)
        return protobuf.check_request(json_decode.decode(signal, data))

    is_quick = len(raw) <= _INLINE_BYTES and encoding not in body.COMPRESSIONS
    return work() if is_quick else await asyncio.to_thread(work)


def _media_type(request: Request) -> str | None:
    """The request's media type without parameters, in lower case; None if it is not one of OTLP's."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type if media_type in (PROTOBUF, JSON) else None


def _success(signal: Signal, checked: Checked, media_type: str) -> Response:
    message = protobuf.response(signal, checked)
    content = protobuf.to_json(message) if media_type == JSON else message.SerializeToString()
    return Response(content=content, media_type=media_type)


def failure_response(failure: reply.Failure, media_type: str) -> Response:
    """A google.rpc.Status in the request's own encoding."""
    headers = {} if failure.retry_after_s is None else {"Retry-After": str(failure.retry_after_s)}
    content: bytes | str
    if media_type == PROTOBUF:
        content = protobuf.status_message(failure.code, failure.message)
    else:
        content = json.dumps({"code": failure.code, "message": failure.message})
    return Response(content=content, status_code=failure.http_status, media_type=media_type, headers=headers)


def _unsupported(message: str, media_type: str = JSON) -> Response:
    failure = reply.failure(InvalidRequest(message))
    return failure_response(reply.Failure(http_status=415, code=failure.code, message=failure.message), media_type)
