"""OTLP over gRPC; G, Z and L are identifiers of the conformance checklist (OTLP 1.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, RetryInfo  # type: ignore[import-untyped]  # ships no stubs
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # googleapis-common-protos ships no stubs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spanhouse_collector.model import Scope
from spanhouse_server.settings import Settings
from tests.otlp.messages import one_of, span, traces
from tests.otlp.sender import TABLES, Sender
from tests.server import running

pytestmark = [pytest.mark.store, pytest.mark.net]

METHODS = {
    "traces": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
}
RESPONSES: dict[str, Any] = {
    "traces": ExportTraceServiceResponse,
    "logs": ExportLogsServiceResponse,
    "metrics": ExportMetricsServiceResponse,
}
signals = pytest.mark.parametrize("signal", list(TABLES))

Call = Callable[..., Any]


def caller(channel: grpc.Channel, key: str) -> Call:
    """Calls Export with bytes, gives the response's bytes, raises grpc.RpcError."""

    def call(body: bytes, *, signal: str = "traces", compression: grpc.Compression = grpc.Compression.NoCompression) -> Any:
        export: grpc.UnaryUnaryMultiCallable[Any, Any] = channel.unary_unary(METHODS[signal])
        return export(body, metadata=(("authorization", f"Bearer {key}"),), timeout=15, compression=compression)

    return call


@pytest.fixture
def export(sender: Sender) -> Iterator[Call]:
    with grpc.insecure_channel(sender.server.grpc_address, options=[("grpc.max_send_message_length", -1)]) as channel:
        yield caller(channel, sender.key)


def refusal(call: Callable[[], Any]) -> tuple[grpc.StatusCode, Status]:
    """Code and google.rpc.Status of a call that must fail."""
    with pytest.raises(grpc.RpcError) as failed:
        call()
    error: Any = failed.value
    trailing = dict(error.trailing_metadata() or ())
    return error.code(), Status.FromString(trailing.get("grpc-status-details-bin", b""))


def details(status: Status, kind: Any) -> list[Any]:
    found = []
    for one in status.details:
        message = kind()
        if one.Unpack(message):
            found.append(message)
    return found


@signals
def test_G01_export_stores_and_answers_with_its_response(export: Call, sender: Sender, signal: str) -> None:
    answer = export(one_of(signal, "a").SerializeToString(), signal=signal)
    assert not RESPONSES[signal].FromString(answer).HasField("partial_success")
    assert len(sender.stored(TABLES[signal])) == 1


@signals
def test_R04_an_empty_request_is_a_success(export: Call, sender: Sender, signal: str) -> None:
    assert export(b"", signal=signal) == b""
    assert sender.stored(TABLES[signal]) == []


def test_P01_P02_partial_success_counts_exactly(export: Call, sender: Sender) -> None:
    answer = export(traces(span("good"), span("bad", trace_id=b""), span("bad", span_id=bytes(8))).SerializeToString())
    assert ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans == 2
    assert [row["name"] for row in sender.stored()] == ["good"]


@signals
def test_Z02_compressed_calls_are_taken(export: Call, sender: Sender, signal: str) -> None:
    for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate):
        export(one_of(signal, compression.name).SerializeToString(), signal=signal, compression=compression)
    assert len(sender.stored(TABLES[signal])) == 2


@signals
def test_G03_bad_data_is_invalid_argument_and_says_why(export: Call, sender: Sender, signal: str) -> None:
    code, status = refusal(lambda: export(b"\x0a\xff\xff", signal=signal))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert status.message
    assert len(details(status, BadRequest)) == 1
    assert details(status, RetryInfo) == []
    assert sender.stored(TABLES[signal]) == []


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_L03_L04_G04_too_large_a_call_is_resource_exhausted_without_retry_info(
    export: Call, compression: grpc.Compression
) -> None:
    code, status = refusal(lambda: export(b"\0" * (64 * 1024 * 1024 + 1), compression=compression))
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert details(status, RetryInfo) == []


def test_E06_a_wrong_key_is_unauthenticated_and_a_reading_one_is_denied(sender: Sender) -> None:
    reading = sender.server.service.keys.create(sender.project, Scope.READ)
    with grpc.insecure_channel(sender.server.grpc_address) as channel:
        assert refusal(lambda: caller(channel, "wrong")(b""))[0] is grpc.StatusCode.UNAUTHENTICATED
        assert refusal(lambda: caller(channel, reading)(b""))[0] is grpc.StatusCode.PERMISSION_DENIED


def test_G02_a_collector_without_its_store_is_unavailable_with_retry_info(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, store="http://127.0.0.1:9", http_port=0, grpc_port=0, clickhouse_port=0)
    with running(settings, wait_until_ready=False) as server, grpc.insecure_channel(server.grpc_address) as channel:
        code, status = refusal(lambda: caller(channel, "")(traces(span("a")).SerializeToString()))
    assert code is grpc.StatusCode.UNAVAILABLE
    assert 1 <= details(status, RetryInfo)[0].retry_delay.seconds <= 5


def test_G06_concurrent_calls_on_one_channel_are_served(export: Call, sender: Sender) -> None:
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(export, traces(span(f"{number}")).SerializeToString()) for number in range(64)]
        for done in calls:
            done.result(15)
    assert len(sender.stored()) == 64


def test_calls_that_were_given_up_disturb_nobody(export: Call, sender: Sender) -> None:
    body = traces(*(span(f"{number}") for number in range(200))).SerializeToString()
    with grpc.insecure_channel(sender.server.grpc_address) as channel:
        method: grpc.UnaryUnaryMultiCallable[Any, Any] = channel.unary_unary(METHODS["traces"])
        for _ in range(50):
            method.future(body, metadata=(("authorization", f"Bearer {sender.key}"),)).cancel()
    export(traces(span("after")).SerializeToString())
    assert "after" in {row["name"] for row in sender.stored()}


def test_an_unknown_service_is_unimplemented(sender: Sender) -> None:
    with grpc.insecure_channel(sender.server.grpc_address) as channel:
        method: grpc.UnaryUnaryMultiCallable[Any, Any] = channel.unary_unary("/opentelemetry.proto.collector.profiles/Export")
        assert refusal(lambda: method(b"", timeout=15))[0] is grpc.StatusCode.UNIMPLEMENTED
