"""An OTLP/HTTP receiver for tests: decodes what arrives with OpenTelemetry's own protobuf messages and keeps it."""

import gzip
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

from google.rpc.status_pb2 import Status as StatusMessage  # type: ignore[import-untyped]  # googleapis-common-protos ships no stubs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSpan:
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Plain]
    resource: dict[str, Plain]
    scope: str
    status: int
    status_text: str
    events: list[dict[str, Plain]]
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedLog:
    event_name: str
    trace_id: str
    span_id: str
    attributes: dict[str, Plain]
    resource: dict[str, Plain]
    time_ns: int


@dataclass(slots=True, kw_only=True)
class Receiver:
    """What arrived so far; ``answers`` are statuses to give to spans before 200, first to last.

    Other answers than 200 carry ``says``, if it is set, as a google.rpc.Status. ``rejects`` is the number of spans that an answer
    says were not taken. ``key`` must come with questions, as ``x-api-key``.
    ``cut_off`` is the number of requests that it forgets and whose answers break off. With ``only_takes`` questions are
    forbidden, with ``page`` all that it does is show one. A redirect leads to collector.example.
    """

    url: str = ""
    spans: list[ReceivedSpan] = field(default_factory=list)
    logs: list[ReceivedLog] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    says: str = ""
    rejects: int = 0
    key: str = ""
    cut_off: int = 0
    only_takes: bool = False
    page: bool = False
    connections: list[socket.socket] = field(default_factory=list)

    def hang_up(self) -> None:
        """Ends all connections that are open, as a collector does to those that were silent for long."""
        while self.connections:
            with suppress(OSError):
                self.connections.pop().shutdown(socket.SHUT_RDWR)

    def span(self, name: str) -> ReceivedSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def take(self, path: str, body: bytes) -> None:
        if path.endswith("/v1/traces"):
            self._take_spans(ExportTraceServiceRequest.FromString(body))
        else:
            self._take_logs(ExportLogsServiceRequest.FromString(body))

    def error(self) -> bytes:
        return StatusMessage(code=7, message=self.says).SerializeToString() if self.says else b""

    def answer(self, path: str) -> bytes:
        if not self.rejects or path != "/v1/traces":
            return b""
        partial = ExportTracePartialSuccess(rejected_spans=self.rejects, error_message="too old " * 30)
        return ExportTraceServiceResponse(partial_success=partial).SerializeToString()

    def more_headers(self, status: int) -> dict[str, str]:
        if self.page:
            return {"content-type": "text/html; charset=utf-8"}
        spoken = {"content-type": "application/x-protobuf"} if status != 200 and self.says else {}
        return spoken | {302: {"location": "https://collector.example/v1/traces"}, 503: {"retry-after": "0"}}.get(status, {})

    def _take_spans(self, request: ExportTraceServiceRequest) -> None:
        for of_resource in request.resource_spans:
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    self.spans.append(
                        ReceivedSpan(
                            name=span.name,
                            trace_id=span.trace_id.hex(),
                            span_id=span.span_id.hex(),
                            parent_id=span.parent_span_id.hex(),
                            attributes=_plain_map(span.attributes),
                            resource=_plain_map(of_resource.resource.attributes),
                            scope=of_scope.scope.name,
                            status=span.status.code,
                            status_text=span.status.message,
                            events=[{"name": e.name, **_plain_map(e.attributes)} for e in span.events],
                            start_ns=span.start_time_unix_nano,
                            end_ns=span.end_time_unix_nano,
                        )
                    )

    def _take_logs(self, request: ExportLogsServiceRequest) -> None:
        for of_resource in request.resource_logs:
            for of_scope in of_resource.scope_logs:
                for record in of_scope.log_records:
                    self.logs.append(
                        ReceivedLog(
                            event_name=record.event_name,
                            trace_id=record.trace_id.hex(),
                            span_id=record.span_id.hex(),
                            attributes=_plain_map(record.attributes),
                            resource=_plain_map(of_resource.resource.attributes),
                            time_ns=record.time_unix_nano,
                        )
                    )


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listens on a free port of the loopback interface until the block ends; over TLS where a context for it is given."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections stay open, as a collector keeps them

        def setup(self) -> None:
            super().setup()
            receiver.connections.append(self.connection)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            if receiver.cut_off:
                receiver.cut_off -= 1
                self.send_response(200)
                self.send_header("content-length", "9")
                self.end_headers()
                self.close_connection = True
                return
            status = receiver.answers.pop(0) if receiver.answers and self.path == "/v1/traces" else 200
            answer = b"" if status == 200 else receiver.error()
            if status == 200 and not receiver.page:
                receiver.headers.append({key.lower(): value for key, value in self.headers.items()})
                receiver.take(self.path, body)
                answer = receiver.answer(self.path)
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            for name, value in receiver.more_headers(status).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            """As the collector's HTTP API: a trace that has arrived is found by its id."""
            is_known = any(self.path == f"/api/v1/traces/{span.trace_id}" for span in receiver.spans)
            may_read = self.headers.get("x-api-key", "") == receiver.key
            self.send_response(401 if not may_read else 403 if receiver.only_takes else 200 if is_known else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keeps the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _plain_map(pairs: Iterable[KeyValue]) -> dict[str, Plain]:
    return {pair.key: _plain(pair.value) for pair in pairs}


def _plain(value: AnyValue) -> Plain:
    match value.WhichOneof("value"):
        case "array_value":
            return [_plain(item) for item in value.array_value.values]
        case "kvlist_value":
            return _plain_map(value.kvlist_value.values)
        case None:
            return None
        case kind:
            plain: Plain = getattr(value, kind)
            return plain
