"""Grafana's Explore reads traces and logs from the views with the exporter's columns, each span and record once."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files

import pytest

from spanhouse_collector.storage import Query, Store
from tests.dashboards.seeds import NOON, call, store_rows

pytestmark = pytest.mark.store

_TRACE = f"{7:032x}"
_TRACE_QUERY = Query(name="explore_trace", text=files("tests.contract").joinpath("explore_trace.sql").read_text(encoding="utf-8"))
_LOGS_QUERY = Query(
    name="explore_logs",
    text="""-- The plugin's log query.
SELECT "Timestamp" AS timestamp, "Body" AS body, "SeverityText" AS level, "LogAttributes" AS labels, "TraceId" AS traceID
FROM otel_logs
WHERE timestamp >= toDateTime({start:Int64}) AND timestamp <= toDateTime({end:Int64})
ORDER BY timestamp DESC
LIMIT 1000""",
)


def _store_trace(store: Store) -> None:
    spans = [
        call(
            7,
            minutes_ago=3,
            span_kind="Client",
            resource_attributes={"host.name": "a"},
            attributes={"gen_ai.request.model": "small"},
        ),
        call(7, minutes_ago=2, span_id=f"{8:016x}", parent_span_id=f"{7:016x}", status_code="Error", status_message="refused"),
    ]
    store_rows(store, "spans", [*spans, *spans])
    end = NOON - timedelta(minutes=2) + timedelta(seconds=1)
    store_rows(
        store, "trace_times", [{"project": "shop", "trace_id": _TRACE, "start_time": spans[0]["start_time"], "end_time": end}]
    )


def test_a_trace_is_found_by_its_id_with_each_span_once(store: Store) -> None:
    _store_trace(store)
    rows = sorted(store.query(_TRACE_QUERY, {"trace_id": _TRACE}), key=lambda row: row["startTime"])
    assert [(row["spanID"], row["parentSpanID"], row["statusCode"], row["statusMessage"]) for row in rows] == [
        (f"{7:016x}", "", 0, ""),
        (f"{8:016x}", f"{7:016x}", 2, "refused"),
    ]
    first = rows[0]
    assert first["startTime"] == (NOON - timedelta(minutes=3)).timestamp() * 1000
    assert first["duration"] == 1000.0
    assert first["tags"] == [{"key": "gen_ai.request.model", "value": "small"}]
    assert first["serviceTags"] == [{"key": "host.name", "value": "a"}]
    assert (first["serviceName"], first["kind"]) == ("support", "Client")


def test_an_unknown_trace_is_empty(store: Store) -> None:
    _store_trace(store)
    assert store.query(_TRACE_QUERY, {"trace_id": "0" * 32}) == []


def test_logs_are_listed_newest_first(store: Store) -> None:
    record = {"project": "shop", "severity_text": "INFO", "trace_id": _TRACE, "attributes": {"key": "value"}}
    for number in range(2):
        row = {**record, "time": NOON - timedelta(minutes=2 - number), "body": f"line {number}", "record_hash": number}
        store_rows(store, "logs", [row])
    start, end = NOON - timedelta(hours=1), NOON
    rows = store.query(_LOGS_QUERY, {"start": int(start.timestamp()), "end": int(end.timestamp())})
    assert [(row["body"], row["level"], row["labels"]) for row in rows] == [
        ("line 1", "INFO", {"key": "value"}),
        ("line 0", "INFO", {"key": "value"}),
    ]
