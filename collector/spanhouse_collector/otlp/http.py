"""OTLP over HTTP: POST /v1/traces, /v1/logs and /v1/metrics, protobuf or JSON, plain or compressed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.otlp import body, json_decode, protobuf, reply
from spanhouse_collector.otlp.intake import Transport, off_loop_if_large
from spanhouse_collector.otlp.protobuf import Checked, Signal

PROTOBUF = "application/x-protobuf"
JSON = "application/json"


def router(transport: Transport) -> APIRouter:
    """The OTLP routes."""
    routes = APIRouter(tags=["OTLP"])
    for signal in protobuf.SIGNALS:
        routes.add_api_route(f"/v1/{signal}", _endpoint(transport, signal), methods=["POST"], include_in_schema=False)
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
            with transport.room.held() as hold:
                raw = await _read(request, transport.max_body_bytes, hold)
                checked = await _check(signal, raw, media_type, encoding, limit_bytes=transport.max_body_bytes)
                hold(len(checked.body) if checked.body is not raw else 0)
                if checked.items:
                    await transport.intake.keep(signal, checked, project=project)
        except ClientDisconnect:
            # Nobody is there to be told.
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - the boundary of a request: whatever it meets, its sender is told
            return failure_response(reply.failure(error), media_type)
        return _success(signal, checked, media_type)

    return export


async def _read(request: Request, limit_bytes: int, hold: Callable[[int], None]) -> bytes:
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limit_bytes:
        raise body.too_large(limit_bytes)

    async def held_chunks() -> AsyncIterator[bytes]:
        async for chunk in request.stream():
            hold(len(chunk))
            yield chunk

    return await body.read(held_chunks(), limit_bytes=limit_bytes)


async def _check(signal: Signal, raw: bytes, media_type: str, encoding: str, *, limit_bytes: int) -> Checked:
    is_compressed = encoding in body.COMPRESSIONS

    def work() -> Checked:
        data = body.decompress(raw, encoding, limit_bytes=limit_bytes) if is_compressed else raw
        if media_type == PROTOBUF:
            return protobuf.check(signal, data)
        return protobuf.check_request(json_decode.decode(signal, data))

    # What a compressed body grows to is not known yet.
    return await off_loop_if_large(work, limit_bytes if is_compressed else len(raw))


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
    told = protobuf.status(failure.code, failure.message, retry_after_s=failure.retry_after_s)
    content = told.SerializeToString() if media_type == PROTOBUF else protobuf.to_json(told)
    return Response(content=content, status_code=failure.http_status, media_type=media_type, headers=headers)


def _unsupported(message: str, media_type: str = JSON) -> Response:
    failure = reply.failure(InvalidRequest(message))
    return failure_response(reply.Failure(http_status=415, code=failure.code, message=failure.message), media_type)
