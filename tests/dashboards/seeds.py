"""Seeded data for panels and rules: rows as the collector stores them, and the rollups made by the collector's own code."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from spanhouse_collector.ingest.coarse import QUARTERS, Merger
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.ingest.score_hours import ScoreHours
from spanhouse_collector.storage import Store

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)

Row = dict[str, Any]

_CALL: Row = {
    "project": "shop",
    "duration_ns": 1_000_000_000,
    "kind": "llm",
    "operation": "chat",
    "provider": "openai",
    "response_model": "small",
    "service": "support",
    "environment": "prod",
    "release": "1",
    "status_code": "Ok",
    "input_tokens": 100,
    "output_tokens": 20,
    "cost_usd": Decimal("0.001"),
    "cost_status": "computed",
    "time_to_first_chunk_ns": 200_000_000,
}
_SCORE: Row = {
    "project": "shop",
    "target": "span",
    "name": "groundedness",
    "source": "evaluator",
    "evaluator": "groundedness",
    "evaluator_version": "1",
    "status": "scored",
    "value": 0.9,
    "service": "support",
    "environment": "prod",
    "release": "1",
    "model": "small",
}
_DRIFT: Row = {
    "project": "shop",
    "evaluator": "drift",
    "evaluator_version": "1",
    "segment": {"service": "support"},
    "name": "duration_ns",
    "unit": "1",
    "status": "scored",
    "value": 0.02,
    "alarm": False,
}

_POINT: Row = {
    "project": "shop",
    "kind": "gauge",
    "service": "trainer",
    "environment": "prod",
    "release": "1",
    "unit": "1",
    "attributes": {},
    "resource_attributes": {},
}


def call(number: int, *, minutes_ago: float, **columns: Any) -> Row:
    """A span of an LLM call that started so long before noon; `number` makes its ids."""
    start = NOON - timedelta(minutes=minutes_ago)
    return {**_CALL, "start_time": start, "trace_id": f"{number:032x}", "span_id": f"{number:016x}", **columns}


def other_span(number: int, *, minutes_ago: float, kind: str, parent: int, **columns: Any) -> Row:
    """A span that is no model call, in the trace of and below the call numbered `parent`."""
    place = {"kind": kind, "trace_id": f"{parent:032x}", "parent_span_id": f"{parent:016x}", "name": kind}
    nothing = {"response_model": "", "provider": "", "cost_usd": None, "cost_status": "no_usage"}
    unused = {"input_tokens": None, "output_tokens": None, "time_to_first_chunk_ns": None}
    return {**call(number, minutes_ago=minutes_ago), **place, **nothing, **unused, **columns}


def score(number: int, *, minutes_ago: float, **columns: Any) -> Row:
    """A score of the call of this number, made five seconds after it began."""
    time = NOON - timedelta(minutes=minutes_ago)
    return {
        **_SCORE,
        "time": time,
        "scored_at": time + timedelta(seconds=5),
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        **columns,
    }


def drift(*, minutes_ago: float, **columns: Any) -> Row:
    """A drift measurement of an hour's window that ended so long before noon."""
    end = NOON - timedelta(minutes=minutes_ago)
    return {**_DRIFT, "window_start": end - timedelta(hours=1), "window_end": end, "measured_at": end, **columns}


def metric(name: str, value: float, *, minutes_ago: float, host: str = "", **columns: Any) -> Row:
    """A point of a gauge; `attributes` and the other columns as the collector stores them."""
    time = NOON - timedelta(minutes=minutes_ago)
    resource = {"resource_attributes": {"host.name": host}} if host else {}
    attributes = columns.get("attributes", {})
    identity = zlib.crc32(repr((name, time, host, attributes)).encode())
    return {**_POINT, "name": name, "value": value, "time": time, "point_hash": identity, **resource, **columns}


def store_rows(store: Store, table: str, rows: Iterable[Row]) -> None:
    """Inserts rows whose columns may differ; scores are counted by hours and quarters of days too."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    for group in groups.values():
        store.insert(table, group)
    if table == "scores":
        ScoreHours(store).refresh()
        Merger(store, QUARTERS).refresh()


def store_calls(store: Store, rows: Iterable[Row]) -> None:
    """Stores spans and where their traces lie, and refreshes their minutes."""
    spans = list(rows)
    store_rows(store, "spans", spans)
    store.insert("trace_times", [_times(span) for span in spans])
    rollup = Rollup(store, share=1.0)
    rollup.touch((span["project"], span["start_time"].replace(second=0, microsecond=0)) for span in spans)
    rollup.refresh()


def _times(span: Row) -> Row:
    end = span["start_time"] + timedelta(microseconds=span["duration_ns"] // 1000)
    return {"project": span["project"], "trace_id": span["trace_id"], "start_time": span["start_time"], "end_time": end}
