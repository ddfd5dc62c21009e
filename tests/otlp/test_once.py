"""Every span is stored once and counted once, however often, late or strangely timed it arrives."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse

from spanhouse_collector.model import Scope
from tests.otlp.messages import NOON_NS, SECOND_NS, logs, record, span, traces
from tests.otlp.sender import JSON, Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

# The last instant of 2105.
LATEST_NS = 4_291_747_200 * SECOND_NS - 1
YEAR_NS = 365 * 86_400 * SECOND_NS
DAY_NS = 86_400 * SECOND_NS
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
USAGE = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.provider.name": "openai"}
TOKENS = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}


def batch(number: int = 20) -> Any:
    return traces(*(span(f"call {index}", {**USAGE, **TOKENS}) for index in range(number)))


def agreement(sender: Sender) -> dict[str, Any]:
    (row,) = sender.stored("agreement")
    assert row["rows"] == row["ids"] == row["rolled_up"]
    assert row["tokens"] == row["rolled_up_tokens"]
    assert row["cost_usd"] == row["rolled_up_cost_usd"]
    return row


def test_D05_a_batch_sent_again_is_stored_once_and_counted_once(sender: Sender) -> None:
    sent = batch()
    sender.accept(sent)
    first = agreement(sender)
    for _ in range(3):
        sender.accept(sent)
        assert agreement(sender) == first
    assert (first["rows"], first["tokens"]) == (20, 2_000)


def test_D05_a_batch_sent_at_once_through_both_doors_is_stored_once(sender: Sender) -> None:
    sent = batch()
    together = threading.Barrier(8)
    with grpc.insecure_channel(sender.server.grpc_address) as channel, ThreadPoolExecutor(8) as pool:
        export: grpc.UnaryUnaryMultiCallable[Any, Any] = channel.unary_unary(
            EXPORT, request_serializer=ExportTraceServiceRequest.SerializeToString
        )

        def over_http() -> None:
            together.wait()
            sender.accept(sent)

        def over_grpc() -> None:
            together.wait()
            export(sent, metadata=(("authorization", f"Bearer {sender.key}"),), timeout=15)

        for done in [pool.submit(door) for door in (over_http, over_grpc) * 4]:
            done.result(15)
    assert agreement(sender)["rows"] == 20


def test_the_same_ids_in_two_projects_are_two_spans(sender: Sender) -> None:
    other = f"{sender.project}-other"
    key = sender.server.service.keys.create(other, Scope.INGEST)
    sent = batch(3)
    sender.accept(sent)
    sender.accept(sent, authorization=f"Bearer {key}")
    assert agreement(sender)["rows"] == 3


def test_D07_a_late_span_is_counted_where_it_belongs(sender: Sender) -> None:
    sender.accept(traces(span("on time", TOKENS)))
    agreement(sender)
    sender.accept(traces(span("late", TOKENS, start_time_unix_nano=NOON_NS - 3_600 * SECOND_NS)))
    sender.accept(traces(span("late, same minute", TOKENS, start_time_unix_nano=NOON_NS + 1)))
    assert agreement(sender)["tokens"] == 300


@pytest.mark.parametrize(
    "start_ns",
    [
        0,
        1,
        NOON_NS - 40 * YEAR_NS,
        NOON_NS - YEAR_NS,
        NOON_NS // DAY_NS * DAY_NS - 1,
        NOON_NS + YEAR_NS,
        NOON_NS + 50 * YEAR_NS,
        LATEST_NS - 5,
    ],
)
def test_D07_spans_years_old_and_in_the_future_are_stored(sender: Sender, start_ns: int) -> None:
    sender.accept(traces(span("strange", TOKENS, start_time_unix_nano=start_ns, end_time_unix_nano=start_ns + 5)))
    (row,) = sender.stored()
    assert (row["start_ns"], row["duration_ns"]) == (start_ns, 5)
    assert agreement(sender)["tokens"] == 100


def test_a_batch_over_many_years_is_stored_whole(sender: Sender) -> None:
    # More months than the engine takes partitions in one insert (100) unless told otherwise.
    sender.accept(traces(*(span("x", start_time_unix_nano=day * 86_400 * SECOND_NS) for day in range(0, 40_000, 360))))
    assert agreement(sender)["rows"] == 112


@pytest.mark.parametrize(
    "fault",
    [
        {"trace_id": b""},
        {"trace_id": b"short"},
        {"trace_id": bytes(16)},
        {"span_id": bytes(8)},
        {"span_id": b"123456789"},
        {"start_time_unix_nano": 2**63},
        {"end_time_unix_nano": 2**64 - 1},
        {"start_time_unix_nano": LATEST_NS + 1},
    ],
)
def test_D04_P01_a_span_without_identity_or_time_costs_itself_alone(sender: Sender, fault: dict[str, Any]) -> None:
    sent = traces(span("good"), span("bad", **fault), span("bad", **fault), span("also good"))
    response = sender.post(sent)
    assert response.status_code == 200
    assert sorted(row["name"] for row in sender.stored()) == ["also good", "good"]


def test_P02_one_bad_span_of_512_costs_itself_alone(sender: Sender) -> None:
    spans = [span(f"{number}") for number in range(512)]
    spans[300].span_id = b"short"
    response = sender.post(traces(*spans))
    assert ExportTraceServiceResponse.FromString(response.content).partial_success.rejected_spans == 1
    assert {row["name"] for row in sender.stored()} == {f"{number}" for number in range(512)} - {"300"}


def test_P01_P02_P03_P05_partial_success_counts_exactly_and_says_why(sender: Sender) -> None:
    body = {
        "resourceSpans": [
            {
                "scopeSpans": [
                    {
                        "spans": [
                            {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "good"},
                            {"traceId": "00000000000000000000000000000000", "spanId": "b7ad6b7169203331"},
                            {"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": ""},
                        ]
                    }
                ]
            }
        ]
    }
    response = sender.post(json.dumps(body), content_type=JSON)
    partial = response.json()["partialSuccess"]
    assert (response.status_code, partial["rejectedSpans"]) == (200, "2")
    assert partial["errorMessage"].endswith("the span was left out")
    assert [row["name"] for row in sender.stored()] == ["good"]


def test_D05_a_log_record_sent_again_is_stored_once(sender: Sender) -> None:
    sent = logs(record("one"), record("two"), record({"deep": [["x"]]}))
    for _ in range(3):
        sender.accept(sent, signal="logs")
        assert len(sender.stored("logs")) == 3
