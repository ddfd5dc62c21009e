"""OpenTelemetry's own exporters as clients, over HTTP and gRPC, with and without compression, and when they must try again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanKind, StatusCode

from spanhouse_collector.errors import Overloaded, StoreUnavailable
from spanhouse_server.settings import Settings
from tests.otlp.messages import NOON_NS
from tests.otlp.sender import JSON, Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

RESOURCE = Resource({"service.name": "shop", "service.version": "2.0"})


def http_spans(sender: Sender, **options: Any) -> SpanExporter:
    return HttpSpans(endpoint=f"{sender.server.http_url}/v1/traces", headers=sender.authorization, **options)


def grpc_spans(sender: Sender, **options: Any) -> SpanExporter:
    headers = {name.lower(): value for name, value in sender.authorization.items()}
    return GrpcSpans(endpoint=f"http://{sender.server.grpc_address}", headers=headers, insecure=True, **options)


def http_logs(sender: Sender) -> Any:
    return HttpLogs(endpoint=f"{sender.server.http_url}/v1/logs", headers=sender.authorization)


def grpc_logs(sender: Sender) -> Any:
    headers = {name.lower(): value for name, value in sender.authorization.items()}
    return GrpcLogs(endpoint=f"http://{sender.server.grpc_address}", headers=headers, insecure=True)


class Checking(SpanExporter):
    """Passes spans on and remembers how that went."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self.results: list[SpanExportResult] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.results.append(self._inner.export(spans))
        return self.results[-1]

    def shutdown(self) -> None:
        self._inner.shutdown()


def send_two_spans(exporter: SpanExporter) -> list[SpanExportResult]:
    checking = Checking(exporter)
    provider = TracerProvider(resource=RESOURCE, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(checking))
    tracer = provider.get_tracer("shop.tracer", "1.0", schema_url="https://opentelemetry.io/schemas/1.40.0")
    with tracer.start_as_current_span("parent", kind=SpanKind.SERVER, attributes={"user.id": "u", "n": 2**63 - 1}) as parent:
        link = Link(parent.get_span_context(), {"why": "test"})
        with tracer.start_as_current_span("child", kind=SpanKind.CLIENT, links=[link], attributes={"tags": ["a", "b"]}) as child:
            child.add_event("thinking", {"step": 1}, timestamp=NOON_NS)
            child.set_status(StatusCode.ERROR, "boom")
    provider.shutdown()
    return checking.results


@pytest.mark.parametrize(
    "exporter",
    [
        http_spans,
        lambda sender: http_spans(sender, compression=Compression.Gzip),
        lambda sender: http_spans(sender, compression=Compression.Deflate),
        grpc_spans,
    ],
    ids=["http", "http gzip", "http deflate", "grpc"],
)
def test_spans_of_the_official_exporters_arrive_whole(sender: Sender, exporter: Callable[[Sender], SpanExporter]) -> None:
    assert send_two_spans(exporter(sender)) == [SpanExportResult.SUCCESS] * 2
    parent, child = sorted(sender.stored(), key=lambda row: row["name"], reverse=True)
    assert (parent["name"], parent["span_kind"], parent["parent_span_id"]) == ("parent", "Server", "")
    assert (parent["attributes"], parent["user_id"]) == ({"user.id": "u", "n": str(2**63 - 1)}, "u")
    assert (child["name"], child["span_kind"], child["parent_span_id"]) == ("child", "Client", parent["span_id"])
    assert (child["status_code"], child["status_message"], child["attributes"]) == ("Error", "boom", {"tags": '["a","b"]'})
    assert (child["link_span_ids"], child["link_attributes"]) == ([parent["span_id"]], [{"why": "test"}])
    assert (child["event_names"], child["event_times_ns"], child["event_attributes"]) == (
        ["thinking"],
        [NOON_NS],
        [{"step": "1"}],
    )
    assert {row["trace_id"] for row in (parent, child)} == {parent["trace_id"]}
    assert (child["service"], child["release"], child["scope_name"], child["scope_version"]) == (
        "shop",
        "2.0",
        "shop.tracer",
        "1.0",
    )
    assert child["scope_schema_url"] == "https://opentelemetry.io/schemas/1.40.0"


@pytest.mark.parametrize("exporter", [http_logs, grpc_logs])
def test_log_records_of_the_official_exporters_arrive_whole(sender: Sender, exporter: Callable[[Sender], Any]) -> None:
    provider = LoggerProvider(resource=RESOURCE, shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter(sender)))
    provider.get_logger("shop.logger").emit(
        LogRecord(
            timestamp=NOON_NS,
            body={"content": "hello", "parts": [1, 2.5, None]},
            severity_number=SeverityNumber.WARN,
            severity_text="WARN",
            event_name="gen_ai.choice",
            attributes={"gen_ai.provider.name": "openai"},
        )
    )
    provider.shutdown()
    (row,) = sender.stored("logs")
    assert (row["event_name"], row["severity_number"], row["severity_text"], row["service"]) == (
        "gen_ai.choice",
        13,
        "WARN",
        "shop",
    )
    assert json.loads(row["body"]) == {"content": "hello", "parts": [1, 2.5, None]}
    assert (row["time_ns"], row["attributes"]) == (NOON_NS, {"gen_ai.provider.name": "openai"})


@pytest.mark.parametrize("exporter", [http_spans, grpc_spans])
@pytest.mark.parametrize("error", [StoreUnavailable("starting"), Overloaded("full")], ids=["away", "full"])
def test_E05_G05_an_exporter_that_was_refused_for_now_tries_again(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, exporter: Callable[[Sender], SpanExporter], error: Exception
) -> None:
    collector = sender.server.service.collector
    keep = collector.keep
    refusals = [error, error]

    async def refuse_at_first(*arguments: Any, **named: Any) -> None:
        if refusals:
            raise refusals.pop()
        await keep(*arguments, **named)

    monkeypatch.setattr(collector, "keep", refuse_at_first)
    assert send_two_spans(exporter(sender)) == [SpanExportResult.SUCCESS] * 2
    assert refusals == []
    assert len(sender.stored()) == 2


def test_H03_the_ports_are_the_protocols_own() -> None:
    assert (Settings().http_port, Settings().grpc_port) == (4318, 4317)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "signal", "table"), [("trace", "traces", "spans"), ("logs", "logs", "logs"), ("events", "logs", "logs")]
)
def test_the_protocols_own_examples_are_taken(sender: Sender, shared: Path, file: str, signal: str, table: str) -> None:
    sender.accept((shared / "otlp-examples" / f"{file}.json").read_bytes(), signal=signal, content_type=JSON)
    (row,) = sender.stored(table)
    assert row["service"] == "my.service"
    if file == "trace":
        assert (row["trace_id"], row["name"]) == ("5b8efff798038103d269b633813fc60c", "I'm a server span")
    else:
        assert row["event_name"] == ("browser.page_view" if file == "events" else "")
