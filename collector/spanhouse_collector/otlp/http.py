"""OTLP over HTTP: POST /v1/traces, /v1/logs and /v1/metrics, protobuf or JSON, plain or compressed.

The same under the prefixes that exporters set up for other backends use, so that a new host name is all they need.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.otlp import body, cors, json_decode, protobuf, reply
from spanhouse_collector.otlp.intake import Transport, off_loop_if_large
from spanhouse_collector.otlp.protobuf import Checked, Signal
from spanhouse_collector.otlp.protobuf import Request as OtlpRequest

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
#: Before /v1/SIGNAL. What Grafana's and LangSmith's, Langfuse's and Opik's users have in their exporters' endpoints.
PREFIXES = ("", "/otlp", "/otel", "/api/public/otel", "/v1/private/otel", "/api/v1/private/otel")
#: Every path of an OTLP request, and its signal.
PATHS: dict[str, Signal] = {f"{prefix}/v1/{signal}": signal for prefix in PREFIXES for signal in protobuf.SIGNALS}


def router(transport: Transport) -> APIRouter:
    """The OTLP routes."""
    routes = APIRouter(tags=["OTLP"])
    for path, signal in PATHS.items():
        routes.add_api_route(path, _endpoint(transport, signal), methods=["POST"], include_in_schema=False)
        if transport.origins:
            routes.add_api_route(path, _preflight(transport), methods=["OPTIONS"], include_in_schema=False)
    return routes


def _preflight(transport: Transport) -> Callable[[Request], Awaitable[Response]]:
    async def preflight(request: Request) -> Response:
        allowed = cors.preflight(request.headers, transport.origins)
        return Response(status_code=204 if allowed else 403, headers=allowed)

    return preflight


def _endpoint(transport: Transport, signal: Signal) -> Callable[[Request], Awaitable[Response]]:
    export = _export(transport, signal)

    async def answer(request: Request) -> Response:
        response = await export(request)
        if response.status_code != 200:
            transport.refused(response.status_code)
        response.headers.update(cors.granted(request.headers, transport.origins))
        return response

    return answer


def _export(transport: Transport, signal: Signal) -> Callable[[Request], Awaitable[Response]]:
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
            sender = await transport.authorize(request.headers)
            with transport.room.held() as hold:
                raw = await _read(request, transport.max_body_bytes, hold)
                parse = _parser(signal, media_type, encoding, limit_bytes=transport.max_body_bytes)
                # What a compressed body grows to is not known yet.
                size_bytes = transport.max_body_bytes if encoding in body.COMPRESSIONS else len(raw)
                checked = await off_loop_if_large(lambda: transport.admitted(*parse(raw), sender=sender), size_bytes)
                hold(len(checked.body) if checked.body is not raw else 0)
                await transport.intake.keep(signal, checked, project=sender.project)
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


def _parser(
    signal: Signal, media_type: str, encoding: str, *, limit_bytes: int
) -> Callable[[bytes], tuple[OtlpRequest, bytes | None]]:
    """Turns a body as it was sent into a request, and gives its protobuf bytes where they are at hand."""

    def parse(raw: bytes) -> tuple[OtlpRequest, bytes | None]:
        data = body.decompress(raw, encoding, limit_bytes=limit_bytes) if encoding in body.COMPRESSIONS else raw
        if media_type == PROTOBUF:
            return protobuf.parse(signal, data), data
        return json_decode.decode(signal, data), None

    return parse


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


def is_spoken(request: Request) -> bool:
    """Whether the request is one of OTLP's: by its path, or by an encoding that nothing else here takes."""
    return request.url.path in PATHS or _media_type(request) == PROTOBUF


def unserved(request: Request, failure: reply.Failure) -> Response:
    """The answer to an OTLP request of a path or a method that is not there."""
    return failure_response(failure, _media_type(request) or JSON)


def _unsupported(message: str, media_type: str = JSON) -> Response:
    failure = reply.failure(InvalidRequest(message))
    return failure_response(reply.Failure(http_status=415, code=failure.code, message=failure.message), media_type)
