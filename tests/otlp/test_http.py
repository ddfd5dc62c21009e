"""OTLP over HTTP, statement by statement; H, Z, L, R and B are identifiers of the conformance checklist (OTLP 1.11)."""

from __future__ import annotations

import gzip
import http.client
import json
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import httpx2
import pytest
from backports import zstd
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # googleapis-common-protos ships no stubs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spanhouse_collector.otlp.http import PREFIXES
from tests.otlp.messages import logs, one_of, record, span, traces
from tests.otlp.sender import JSON, PROTOBUF, TABLES, Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

RESPONSES: dict[str, Any] = {
    "traces": ExportTraceServiceResponse,
    "logs": ExportLogsServiceResponse,
    "metrics": ExportMetricsServiceResponse,
}
JSON_SPAN = {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "json"}


def as_json(signal: str, item: dict[str, Any]) -> str:
    holders = {
        "traces": {"resourceSpans": [{"scopeSpans": [{"spans": [item]}]}]},
        "logs": {"resourceLogs": [{"scopeLogs": [{"logRecords": [item]}]}]},
        "metrics": {"resourceMetrics": [{"scopeMetrics": [{"metrics": [item]}]}]},
    }
    return json.dumps(holders[signal])


JSON_OF = {
    "traces": as_json("traces", JSON_SPAN),
    "logs": as_json("logs", {"body": {"stringValue": "json"}}),
    "metrics": as_json("metrics", {"name": "json", "gauge": {"dataPoints": [{"asInt": "3"}]}}),
}
signals = pytest.mark.parametrize("signal", list(TABLES))


@contextmanager
def connection(sender: Sender) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection("127.0.0.1", sender.server.service.http_port, timeout=15)
    try:
        yield opened
    finally:
        opened.close()


@signals
def test_H01_H02_both_encodings_are_taken_on_one_port(sender: Sender, signal: str) -> None:
    sender.accept(one_of(signal, "protobuf"), signal=signal)
    sender.accept(JSON_OF[signal], signal=signal, content_type=JSON)
    assert len(sender.stored(TABLES[signal])) == 2


@pytest.mark.parametrize("prefix", PREFIXES)
def test_H04_prefixes_of_other_backends_work_too(sender: Sender, prefix: str) -> None:
    headers = {"Content-Type": PROTOBUF, **sender.authorization}
    for signal in TABLES:
        body = one_of(signal, "prefixed").SerializeToString()
        answer = sender.client.post(f"{sender.server.http_url}{prefix}/v1/{signal}", content=body, headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")
        assert len(sender.stored(TABLES[signal])) == 1


@pytest.mark.parametrize("path", ["/v1/development/profiles", "/v1development/profiles", "/v1/spans", "/v2/traces"])
def test_H04_a_path_of_no_signal_is_a_404(sender: Sender, path: str) -> None:
    assert sender.client.post(f"{sender.server.http_url}{path}", headers=sender.authorization).status_code == 404


@signals
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
def test_H05_other_methods_are_a_405(sender: Sender, signal: str, method: str) -> None:
    assert sender.client.request(method, f"{sender.server.http_url}/v1/{signal}").status_code == 405


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/v1/traces", 405), ("POST", "/v1/nothing", 404)])
@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_H05_what_is_not_served_is_told_in_the_request_s_encoding(
    sender: Sender, method: str, path: str, status: int, media_type: str
) -> None:
    answer = sender.client.request(method, f"{sender.server.http_url}{path}", headers={"Content-Type": media_type})
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, media_type)
    if media_type == PROTOBUF:
        assert path in Status.FromString(answer.content).message
    else:
        assert path in str(answer.json())


@signals
@pytest.mark.parametrize("media_type", ["", "text/plain", "application/xml", "multipart/form-data", "application/protobuf"])
def test_H06_another_content_type_is_a_415(sender: Sender, signal: str, media_type: str) -> None:
    response = sender.post(b"", signal=signal, content_type=media_type)
    assert (response.status_code, response.headers["Content-Type"]) == (415, JSON)
    assert response.json()["code"] == 3


@signals
@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=UTF-8"])
def test_H07_content_types_are_read_without_case_and_parameters(sender: Sender, signal: str, media_type: str) -> None:
    sender.accept(JSON_OF[signal], signal=signal, content_type=media_type)
    sender.accept(one_of(signal, "a"), signal=signal, content_type="Application/X-Protobuf; x=y")


def test_H08_a_connection_carries_many_requests_also_after_refusals(sender: Sender) -> None:
    with connection(sender) as kept:
        sockets = set()
        for number in range(6):
            body = b"\x0a\xff\xff" if number % 2 else traces(span(f"{number}")).SerializeToString()
            kept.request("POST", "/v1/traces", body, {"Content-Type": PROTOBUF, **sender.authorization})
            response = kept.getresponse()
            response.read()
            assert response.status == (400 if number % 2 else 200)
            sockets.add(kept.sock)
        assert len(sockets) == 1


@signals
def test_H09_chunked_bodies_are_taken(sender: Sender, signal: str) -> None:
    body = one_of(signal, "chunked").SerializeToString()
    with connection(sender) as opened:
        chunks = (body[start : start + 7] for start in range(0, len(body), 7))
        headers = {"Content-Type": PROTOBUF, "Transfer-Encoding": "chunked", **sender.authorization}
        opened.request("POST", f"/v1/{signal}", chunks, headers, encode_chunked=True)
        assert opened.getresponse().status == 200
    assert len(sender.stored(TABLES[signal])) == 1


def test_H10_parallel_connections_are_served(sender: Sender) -> None:
    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(sender.accept, traces(span(f"{number}"))) for number in range(64)]:
            done.result(15)
    assert len(sender.stored()) == 64


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
}


@signals
@pytest.mark.parametrize("encoding", COMPRESSED)
def test_Z01_Z02_Z03_compressed_bodies_are_taken(sender: Sender, signal: str, encoding: str) -> None:
    for body, media_type in ((one_of(signal, "protobuf").SerializeToString(), PROTOBUF), (JSON_OF[signal].encode(), JSON)):
        sender.accept(COMPRESSED[encoding](body), signal=signal, content_type=media_type, content_encoding=encoding.upper())
    assert len(sender.stored(TABLES[signal])) == 2


@signals
@pytest.mark.parametrize("encoding", ["br", "snappy", "gzip, gzip", "*"])
def test_Z03_an_unknown_compression_is_a_415(sender: Sender, signal: str, encoding: str) -> None:
    response = sender.post(b"x", signal=signal, content_encoding=encoding)
    assert (response.status_code, response.headers["Content-Type"]) == (415, PROTOBUF)


def test_Z05_responses_are_plain(sender: Sender) -> None:
    response = sender.post(traces(span("a")), accept_encoding="gzip, deflate, zstd")
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
def test_L01_L02_the_limit_holds_for_chunks_and_after_decompression(sender: Sender, encoding: str) -> None:
    too_much = COMPRESSED[encoding](b"\0" * (64 * 1024 * 1024 + 1))
    with connection(sender) as opened:
        chunks = (too_much[start : start + 65_536] for start in range(0, len(too_much), 65_536))
        headers = {"Content-Type": PROTOBUF, "Content-Encoding": encoding, "Transfer-Encoding": "chunked", **sender.authorization}
        # The answer may be given before the body was sent whole.
        with suppress(BrokenPipeError, ConnectionResetError):
            opened.request("POST", "/v1/traces", chunks, headers, encode_chunked=True)
        assert opened.getresponse().status == 413


def test_L05_an_error_message_is_short_however_long_its_cause(sender: Sender) -> None:
    body = as_json("traces", {"traceId": "x" * 5_000_000})
    response = sender.post(body, content_type=JSON)
    assert response.status_code == 400
    assert len(response.content) < 10_000


@signals
@pytest.mark.parametrize(("media_type", "whole"), [(PROTOBUF, b""), (JSON, b"{}")])
def test_R01_R02_R03_success_is_an_empty_response_in_the_requests_encoding(
    sender: Sender, signal: str, media_type: str, whole: bytes
) -> None:
    body = JSON_OF[signal] if media_type == JSON else one_of(signal, "a")
    response = sender.post(body, signal=signal, content_type=media_type)
    assert (response.status_code, response.headers["Content-Type"], response.content) == (200, media_type, whole)
    if media_type == PROTOBUF:
        assert not RESPONSES[signal].FromString(response.content).HasField("partial_success")


@pytest.mark.parametrize(
    ("signal", "media_type", "body"),
    [
        ("traces", PROTOBUF, b""),
        ("logs", PROTOBUF, b""),
        ("traces", JSON, "{}"),
        ("logs", JSON, "{}"),
        ("traces", JSON, '{"resourceSpans":[]}'),
        ("logs", JSON, '{"resourceLogs":[]}'),
        ("traces", JSON, '{"resourceSpans":[{"scopeSpans":[]}]}'),
        ("traces", JSON, '{"resourceSpans":[{"scopeSpans":[{"spans":[]}]}]}'),
        ("metrics", PROTOBUF, b""),
        ("metrics", JSON, "{}"),
        ("metrics", JSON, '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[]}]}]}'),
        ("traces", PROTOBUF, traces()),
        ("logs", PROTOBUF, logs()),
    ],
)
def test_R04_an_empty_request_is_a_success(sender: Sender, signal: str, media_type: str, body: Any) -> None:
    sender.accept(body, signal=signal, content_type=media_type)
    assert sender.stored(TABLES[signal]) == []


def test_P01_P02_P05_log_records_that_were_left_out_are_counted(sender: Sender) -> None:
    bad = record("bad", time_unix_nano=2**64 - 1)
    response = sender.post(logs(record("good"), bad, bad), signal="logs")
    partial = ExportLogsServiceResponse.FromString(response.content).partial_success
    assert (response.status_code, partial.rejected_log_records) == (200, 2)
    assert "2105" in partial.error_message
    text = as_json("logs", {"timeUnixNano": str(2**64 - 1)})
    assert sender.post(text, signal="logs", content_type=JSON).json()["partialSuccess"]["rejectedLogRecords"] == "1"
    assert [row["body"] for row in sender.stored("logs")] == ["good"]


def test_P01_a_request_of_nothing_valid_is_a_partial_success_too(sender: Sender) -> None:
    response = sender.post(traces(span("bad", trace_id=b"")))
    assert response.status_code == 200
    assert ExportTraceServiceResponse.FromString(response.content).partial_success.rejected_spans == 1
    assert sender.stored() == []


@signals
def test_E06_basic_authorization_and_x_api_key_are_keys_too(sender: Sender, signal: str) -> None:
    url = f"{sender.server.http_url}/v1/{signal}"
    body = one_of(signal, "a").SerializeToString()
    headers = {"Content-Type": PROTOBUF}
    assert sender.client.post(url, content=body, headers={**headers, "X-Api-Key": sender.key}).status_code == 200
    basic = httpx2.BasicAuth("anybody", sender.key)
    assert sender.client.post(url, content=body, headers=headers, auth=basic).status_code == 200


@signals
def test_P04_only_a_rejection_is_told_in_a_partial_success_never_a_warning(sender: Sender, signal: str) -> None:
    odd = one_of(signal, "\ufffd" * 100_000)
    response = RESPONSES[signal].FromString(sender.post(odd, signal=signal).content)
    assert not response.HasField("partial_success")
