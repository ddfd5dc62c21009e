"""Spans that take a slower lane, for nested values or a dialect, are stored once each, beside those that do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Query, Store
from tests.otlp.messages import NOON_NS, SECOND_NS, span, traces

pytestmark = pytest.mark.store

# Without FINAL: a copy of a span would be counted.
STORED = "SELECT name, kind, attributes['nested'] AS nested, request_model FROM spans ORDER BY name"
ROLLUP = """
SELECT sum(spans) AS spans, sum(duration_sum_ns) AS sum_ns, quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns)[4] AS p99_ns
FROM spans_minute FINAL
"""

NESTED = {"nested": [{"a": [1, 2]}]}
DIALECT = {"gen_ai.prompt.0.content": "hello", "gen_ai.request.model": "gpt-4o", "llm.request.type": "chat"}
CURRENT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}


@pytest.fixture
def writer(store: Store) -> BatchWriter:
    return BatchWriter(store, "traces", instance="test", nested=nested)


def write(writer: BatchWriter, path: Path, *requests: Any) -> list[Any]:
    path.write_bytes(b"".join(frames.encode(one.SerializeToString(), project="shop", received_ms=1) for one in requests))
    return writer.write(path)


def test_every_span_of_a_mixed_batch_is_stored_once(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    first = traces(span("a", CURRENT), span("b", NESTED), span("c", DIALECT), span("d", {**DIALECT, **NESTED}))
    write(writer, tmp_path / "0.frames", first, traces(span("e", CURRENT)), traces(span("f", NESTED)))
    text = '[{"a":[1,2]}]'
    assert [tuple(row.values()) for row in store.query(Query(name="stored", text=STORED))] == [
        ("a", "llm", "", "gpt-4o"),
        ("b", "span", text, ""),
        ("c", "llm", "", "gpt-4o"),
        ("d", "llm", text, "gpt-4o"),
        ("e", "llm", "", "gpt-4o"),
        ("f", "span", text, ""),
    ]


def test_nested_values_of_a_resource_take_all_its_spans_along(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    deep = traces(span("a", CURRENT), span("b", DIALECT), resource={"service.name": "deep", **NESTED})
    write(writer, tmp_path / "0.frames", deep, traces(span("c", CURRENT)))
    assert [row["name"] for row in store.query(Query(name="stored", text=STORED))] == ["a", "b", "c"]


def test_a_batch_after_a_mixed_one_holds_nothing_of_it(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    write(writer, tmp_path / "0.frames", traces(span("a", NESTED)))
    write(writer, tmp_path / "1.frames", traces(span("b", CURRENT)))
    assert [row["name"] for row in store.query(Query(name="stored", text=STORED))] == ["a", "b"]


def test_a_span_that_ends_before_it_starts_counts_and_its_duration_does_not(
    writer: BatchWriter, store: Store, tmp_path: Path
) -> None:
    backwards = span("a", CURRENT, end_time_unix_nano=NOON_NS - 60 * SECOND_NS)
    rollup = Rollup(store, share=1.0)
    rollup.touch(write(writer, tmp_path / "0.frames", traces(span("b", CURRENT), backwards)))
    rollup.refresh()
    (row,) = store.query(Query(name="rollup", text=ROLLUP))
    assert (row["spans"], row["sum_ns"], row["p99_ns"]) == (2, SECOND_NS, pytest.approx(SECOND_NS))
