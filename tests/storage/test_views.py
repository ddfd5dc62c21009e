"""The views in the OpenTelemetry ClickHouse exporter's columns: each span and record once, whatever was sent twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spanhouse_collector.storage import Query, Store

_START = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)


def _span(**values: Any) -> dict[str, Any]:
    return {
        "project": "default",
        "start_time": _START,
        "duration_ns": 1_500,
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
        "name": "chat",
        "span_kind": "Client",
        "status_code": "Error",
        "service": "shop",
        "attributes": {"user.id": "u"},
        "content": {"gen_ai.input.messages": "[]"},
        "stored_at": _START,
        **values,
    }


@pytest.mark.store
def test_a_span_that_was_sent_twice_is_shown_once_as_it_was_last(store: Store) -> None:
    store.insert("spans", [_span(name="first")])
    store.insert("spans", [_span(name="last", stored_at=_START + timedelta(seconds=1))])
    asked = Query(
        name="explore",
        text="SELECT SpanName, SpanKind, StatusCode, Duration, ServiceName, SpanAttributes, Timestamp FROM otel_traces",
    )
    assert store.query(asked) == [
        {
            "SpanName": "last",
            "SpanKind": "Client",
            "StatusCode": "Error",
            "Duration": 1_500,
            "ServiceName": "shop",
            "SpanAttributes": {"user.id": "u", "gen_ai.input.messages": "[]"},
            "Timestamp": _START,
        }
    ]


@pytest.mark.store
def test_two_traces_with_equal_span_ids_stay_two_spans(store: Store) -> None:
    store.insert("spans", [_span(trace_id=f"{number:032x}") for number in range(300)])
    assert store.query(Query(name="count", text="SELECT count() AS spans FROM spans FINAL")) == [{"spans": 300}]


@pytest.mark.store
def test_a_traces_bounds_hold_all_of_it(store: Store) -> None:
    rows = [(_START, _START + timedelta(seconds=2)), (_START - timedelta(seconds=5), _START)]
    for start, end in rows:
        store.insert("trace_times", [{"project": "default", "trace_id": "a" * 32, "start_time": start, "end_time": end}])
    found = store.query(Query(name="bounds", text="SELECT Start, End FROM otel_traces_trace_id_ts"))
    assert found == [{"Start": _START - timedelta(seconds=5), "End": _START + timedelta(seconds=3)}]


@pytest.mark.store
def test_a_record_that_was_sent_twice_is_shown_once(store: Store) -> None:
    record = {"project": "default", "time": _START, "service": "shop", "body": "hello", "record_hash": 7, "severity_number": 9}
    for _ in range(2):
        store.insert("logs", [record])
    asked = Query(name="logs", text="SELECT Timestamp, ServiceName, Body, SeverityNumber FROM otel_logs")
    assert store.query(asked) == [{"Timestamp": _START, "ServiceName": "shop", "Body": "hello", "SeverityNumber": 9}]
