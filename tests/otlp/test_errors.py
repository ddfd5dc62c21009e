"""What the collector answers to what it cannot take, and that nothing of it is stored."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx2
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # googleapis-common-protos ships no stubs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spanhouse_collector.model import Scope
from spanhouse_server.settings import Settings
from tests.otlp.messages import logs, record, span, traces
from tests.otlp.sender import JSON, PROTOBUF, Sender
from tests.server import running

pytestmark = [pytest.mark.store, pytest.mark.net]

ONE_SPAN_JSON = (
    b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}]}]}]}'
)
MIB = 1024 * 1024
INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAVAILABLE, UNAUTHENTICATED = 3, 7, 8, 14, 16


def status(response: httpx2.Response) -> tuple[int, int, str]:
    """HTTP status, code and message, from a google.rpc.Status in the encoding that the response names."""
    if response.headers["Content-Type"] == JSON:
        body = response.json()
        assert body.keys() <= {"code", "message", "details"}
        return response.status_code, body["code"], body["message"]
    assert response.headers["Content-Type"] == PROTOBUF
    told = Status.FromString(response.content)
    return response.status_code, told.code, told.message


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
@pytest.mark.parametrize(("media_type", "body"), [(PROTOBUF, b"\x0a\xff\xff"), (JSON, b'{"resourceSpans": ['), (JSON, b"[]")])
def test_E01_E02_J11_a_malformed_body_is_a_400_in_its_own_encoding_and_nothing_is_stored(
    sender: Sender, signal: str, media_type: str, body: bytes
) -> None:
    http_status, code, message = status(sender.post(body, signal=signal, content_type=media_type))
    assert (http_status, code) == (400, INVALID_ARGUMENT)
    assert message
    assert "BadRequest" in sender.post(body, signal=signal, content_type=media_type).text
    assert sender.stored("spans") == sender.stored("logs") == sender.stored("metrics_points") == []


def test_a_body_cut_off_anywhere_is_refused_or_whole(sender: Sender) -> None:
    body = traces(span("whole", {"k": "v"})).SerializeToString()
    answers = {sender.post(body[:length]).status_code for length in range(1, len(body), 7)}
    assert answers == {400}
    assert sender.stored() == []


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_L01_L02_an_oversized_body_is_a_413(sender: Sender, media_type: str) -> None:
    response = sender.post(b"\0" * (64 * MIB + 1), content_type=media_type)
    assert status(response)[:2] == (413, RESOURCE_EXHAUSTED)
    assert "Retry-After" not in response.headers


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_L04_a_gzip_bomb_is_a_413(sender: Sender, media_type: str) -> None:
    bomb = gzip.compress(b" " * (65 * MIB), compresslevel=6)
    assert len(bomb) < MIB
    response = sender.post(bomb, content_type=media_type, content_encoding="gzip")
    assert status(response)[:2] == (413, RESOURCE_EXHAUSTED)


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_Z04_a_corrupt_gzip_is_a_400(sender: Sender, media_type: str) -> None:
    http_status, code, message = status(sender.post(b"not gzip", content_type=media_type, content_encoding="gzip"))
    assert (http_status, code) == (400, INVALID_ARGUMENT)
    assert "gzip" in message


@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_E06_a_wrong_key_is_a_401_and_no_key_too(sender: Sender, media_type: str) -> None:
    assert status(sender.post(b"", content_type=media_type, authorization="Bearer wrong"))[:2] == (401, UNAUTHENTICATED)
    answer = sender.client.post(f"{sender.server.http_url}/v1/traces", content=b"", headers={"Content-Type": media_type})
    assert status(answer)[:2] == (401, UNAUTHENTICATED)


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_E06_a_key_that_may_not_write_is_a_403(sender: Sender, signal: str, media_type: str) -> None:
    reading = sender.server.service.keys.create(sender.project, Scope.READ)
    answer = sender.post(b"", signal=signal, content_type=media_type, authorization=f"Bearer {reading}")
    http_status, code, message = status(answer)
    assert (http_status, code) == (403, PERMISSION_DENIED)
    assert "write" in message or "ingest" in message


def test_E03_E04_a_collector_without_its_store_says_when_to_try_again(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, store="http://127.0.0.1:9", http_port=0, grpc_port=0, clickhouse_port=0)
    with running(settings, wait_until_ready=False) as server, httpx2.Client() as client:
        for media_type, body in ((PROTOBUF, traces(span()).SerializeToString()), (JSON, ONE_SPAN_JSON)):
            response = client.post(f"{server.http_url}/v1/traces", content=body, headers={"Content-Type": media_type})
            assert status(response)[:2] == (503, UNAVAILABLE)
            assert 1 <= int(response.headers["Retry-After"]) <= 5
        ready = client.get(f"{server.http_url}/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "not ready")
        assert client.get(f"{server.http_url}/livez").status_code == 200


def test_E04_a_full_journal_is_a_503_and_taken_later(engine_url: str, database: str, tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path, store=engine_url, database=database, http_port=0, grpc_port=0, clickhouse_port=0, max_backlog_mib=1
    )
    with running(settings) as server, httpx2.Client() as client:
        body = traces(span("large", {"text": "x" * 2 * MIB})).SerializeToString()
        response = client.post(f"{server.http_url}/v1/traces", content=body, headers={"Content-Type": PROTOBUF})
        assert status(response)[:2] == (503, UNAVAILABLE)
        assert 1 <= int(response.headers["Retry-After"]) <= 5
        small = traces(span("small")).SerializeToString()
        assert client.post(f"{server.http_url}/v1/traces", content=small, headers={"Content-Type": PROTOBUF}).status_code == 200


def test_refusals_cost_nobody_else_anything(sender: Sender) -> None:
    """Good requests between bad ones are all stored."""
    for number in range(10):
        assert sender.post(b"\x0a\xff\xff").status_code == 400
        assert sender.post(b"x", content_encoding="gzip").status_code == 400
        sender.accept(traces(span(f"good {number}")))
        sender.accept(logs(record(f"good {number}")), signal="logs")
    assert sorted(row["name"] for row in sender.stored()) == [f"good {number}" for number in range(10)]
    assert len(sender.stored("logs")) == 10


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300),
    st.sampled_from([PROTOBUF, JSON]),
    st.sampled_from(["traces", "logs", "metrics"]),
    st.sampled_from(["", "gzip", "zstd"]),
)
def test_any_bytes_are_taken_or_refused_with_a_status(
    sender: Sender, body: bytes, media_type: str, signal: str, encoding: str
) -> None:
    response = sender.post(body, signal=signal, content_type=media_type, content_encoding=encoding)
    assert response.status_code in (200, 400)
    if response.status_code == 400:
        assert status(response)[1] == INVALID_ARGUMENT
