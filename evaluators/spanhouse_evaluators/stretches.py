"""Reads spans from the store as frames, stretch by stretch, in the order in which they were stored.

Must not know which of them are scored, nor how.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl

from spanhouse_collector.storage import Store, load
from spanhouse_evaluators.contract import Context
from spanhouse_evaluators.selection import SQL, Candidate, Cursor

KEYS_AT_ONCE = 200_000
"""Finding what comes next sorts all that is left, so it is done rarely; a key takes 70 bytes."""

FIRST_SPANS = 1_000
STRETCH_BYTES = 64 * 2**20
"""A stretch is as many spans as have about so much text, going by the stretch before."""

_OF_THE_CANDIDATE = ("stored_ms", "input_hash", "sampled", "service", "response_id", "prompt_name", "prompt_version")
_OF_FRAMES_ALONE = ("output_type", "tool_definitions", "output_messages")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What to read: spans of these kinds (empty for all) stored before `until_ms`, at most `most` in one stretch.

    With `only_span` one span alone. `with_attributes`: also all of their attributes, which most evaluators have no use for.
    """

    project: str
    kinds: frozenset[str]
    until_ms: int
    most: int
    only_span: str = ""
    with_attributes: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Rows of spans in the order of storing, after one cursor up to another one; `frame` has a row for each span.

    They are fewer than the rows, and can be none, where spans were sent again: a copy that was replaced does not count.
    """

    upto: Cursor
    frame: pl.DataFrame


def read_stretches(store: Store, portion: Portion, *, after: Cursor) -> Iterator[Stretch]:
    """Yield the spans stored after the cursor, in its order, until there are no more."""
    asked = {
        "project": portion.project,
        "kinds": sorted(portion.kinds),
        "only_span": portion.only_span,
        "until_ms": portion.until_ms,
        "most": KEYS_AT_ONCE,
    }
    most = min(FIRST_SPANS, portion.most)
    while True:
        keys = store.frame(load(SQL, "next_keys"), {**asked, **_after(after)})
        if keys.is_empty():
            return
        while not keys.is_empty():
            part, keys = keys.head(most), keys.slice(most)
            upto = Cursor(**dict(zip(("stored_ms", "trace_id", "span_id"), part.row(-1)[:3], strict=True)))
            frame = _read(store, portion, part, after=after, upto=upto)
            yield Stretch(upto=upto, frame=frame)
            after = upto
            fitting = int(STRETCH_BYTES / max(1.0, frame.estimated_size() / max(1, frame.height)))
            most = max(1, min(portion.most, fitting, 10 * most))


def _read(store: Store, portion: Portion, keys: pl.DataFrame, *, after: Cursor, upto: Cursor) -> pl.DataFrame:
    bounds = {"first_ns": keys["start_ns"].min(), "last_ns": keys["start_ns"].max()}
    ends = {"upto_ms": upto.stored_ms, "upto_trace": upto.trace_id, "upto_span": upto.span_id}
    of_portion = {"kinds": sorted(portion.kinds), "only_span": portion.only_span, "with_attributes": portion.with_attributes}
    return read_spans(store, portion.project, params={"traces": [], **of_portion, **_after(after), **ends, **bounds})


def _after(cursor: Cursor) -> dict[str, Any]:
    return {"after_ms": cursor.stored_ms, "after_trace": cursor.trace_id, "after_span": cursor.span_id}


def read_spans(store: Store, project: str, *, params: Mapping[str, Any]) -> pl.DataFrame:
    """Return the spans that select_spans gives for these parameters, with what was retrieved before each in its trace."""
    spans = store.frame(load(SQL, "select_spans"), {"project": project, **params}).with_columns(
        pl.col("failed").cast(pl.Boolean), project=pl.lit(project), reference=pl.lit(None, dtype=pl.String)
    )
    found = store.frame(load(SQL, "select_retrieved"), {"project": project, **params})
    if found.is_empty() or spans.is_empty():
        return spans
    numbered = spans.select("trace_id", "start_time_ns").with_row_index("row")
    before = numbered.join(found, on="trace_id", maintain_order="left_right").filter(
        pl.col("start_ns") <= pl.col("start_time_ns")
    )
    texts = before.group_by("row", maintain_order=True).agg(pl.col("retrieved").explode(empty_as_null=False))
    placed = numbered.join(texts, on="row", how="left", maintain_order="left")["retrieved"]
    added = placed.fill_null(pl.Series([[]], dtype=pl.List(pl.String)))
    return spans.with_columns(documents=pl.col("documents").list.concat(added))


def candidates_of(frame: pl.DataFrame) -> list[Candidate]:
    """Return the candidates that the rows describe, for evaluators that are asked one by one."""
    return [_candidate(row) for row in frame.iter_rows(named=True)]


def _candidate(row: dict[str, Any]) -> Candidate:
    outside = {name: row.pop(name) for name in _OF_THE_CANDIDATE}
    for name in _OF_FRAMES_ALONE:
        del row[name]
    documents, attributes = tuple(row.pop("documents")), dict(row.pop("attributes"))
    return Candidate(context=Context(documents=documents, attributes=attributes, **row), **outside)


def read_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items, each made while the one before is in use: the store reads on one core while evaluators have the other."""
    end = object()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as reader:
        coming = reader.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = reader.submit(next, items, end)
            yield item  # type: ignore[misc]  # `end` alone is no item
