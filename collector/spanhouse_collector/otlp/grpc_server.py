"""OTLP over gRPC: the Export methods of the three services, on raw bytes; the one file that imports grpc."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NoReturn

import grpc
import grpc.aio

from spanhouse_collector.otlp import protobuf, reply
from spanhouse_collector.otlp.intake import Transport, off_loop_if_large
from spanhouse_collector.otlp.protobuf import Signal

_SERVICES: dict[Signal, str] = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
}
_Context = grpc.aio.ServicerContext[bytes, bytes]
_CODES = {code.value[0]: code for code in grpc.StatusCode}


class GrpcServer:
    """A gRPC server on `address` (host:port; port 0 picks a free one). Lives on the running event loop."""

    def __init__(self, transport: Transport, *, address: str) -> None:
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", transport.max_body_bytes),
                # Two processes must not silently share a port.
                ("grpc.so_reuseport", 0),
            ]
        )
        handlers = [_service(transport, signal, name) for signal, name in _SERVICES.items()]
        self._server.add_generic_rpc_handlers(tuple(handlers))
        self.port = self._server.add_insecure_port(address)

    async def start(self) -> None:
        """Begins to listen."""
        await self._server.start()

    async def stop(self, *, grace_s: float) -> None:
        """Stops listening at once and gives calls under way `grace_s` to end."""
        await self._server.stop(grace_s)


def _service(transport: Transport, signal: Signal, name: str) -> grpc.GenericRpcHandler:
    method: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(_export(transport, signal))
    return grpc.method_handlers_generic_handler(name, {"Export": method})


def _export(transport: Transport, signal: Signal) -> Callable[[bytes, _Context], Awaitable[bytes]]:
    async def export(body: bytes, context: _Context) -> bytes:
        try:
            sender = await transport.authorize(_metadata(context))
            with transport.room.held() as hold:
                hold(len(body))
                checked = await off_loop_if_large(
                    lambda: transport.admitted(protobuf.parse(signal, body), body, sender=sender), len(body)
                )
                await transport.intake.keep(signal, checked, project=sender.project)
        except Exception as error:  # noqa: BLE001 - the boundary of a request: whatever it meets, its sender is told
            failure = reply.failure(error)
            transport.refused(failure.http_status)
            await _abort(context, failure)
        return protobuf.response(signal, checked).SerializeToString()

    return export


def _metadata(context: _Context) -> dict[str, str]:
    return {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}


async def _abort(context: _Context, failure: reply.Failure) -> NoReturn:
    """Ends the call; the status details say more, as the specification asks: RetryInfo only if it may be tried again."""
    details = protobuf.status(failure.code, failure.message, retry_after_s=failure.retry_after_s)
    trailing = (("grpc-status-details-bin", details.SerializeToString()),)
    await context.abort(_CODES[failure.code], failure.message, trailing)
