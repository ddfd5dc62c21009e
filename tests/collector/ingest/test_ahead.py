"""A segment that is decoded while the one before it is stored: stored once, in order, and its faults are its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.journal import Journal
from spanhouse_collector.settings import JournalSettings
from spanhouse_collector.storage import Query, Store
from tests.collector.ingest.inserting import WAIT_S, inserting, writer_of
from tests.otlp.messages import span, traces

pytestmark = pytest.mark.store

# Without FINAL: a copy of a span would be counted.
STORED = Query(name="stored", text="SELECT name FROM spans ORDER BY name")
BURIED = Query(name="buried", text="SELECT count() AS requests FROM dead_letters")
# A field of spans cut off in its middle.
MALFORMED = b"\x0a\xff\x01"


@pytest.fixture
def writer(store: Store) -> Iterator[BatchWriter]:
    opened = writer_of(store)
    yield opened
    opened.close()


def segment(path: Path, body: bytes) -> Path:
    path.write_bytes(frames.encode(body, project="shop", received_ms=1))
    return path


def names(store: Store) -> list[str]:
    return [row["name"] for row in store.query(STORED)]


def request(name: str) -> bytes:
    return traces(span(name), span(f"{name} nested", {"nested": [{"a": [1]}]})).SerializeToString()


def test_what_was_decoded_ahead_is_not_read_again(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    first, second = (segment(tmp_path / f"{name}.frames", request(name)) for name in ("a", "b"))
    writer.write(first, following=lambda: second)
    assert names(store) == ["a", "a nested"]
    writer.close()
    second.unlink()
    writer.write(second)
    assert names(store) == ["a", "a nested", "b", "b nested"]


def test_nothing_ahead_is_nothing_amiss(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    first, second = (segment(tmp_path / f"{name}.frames", request(name)) for name in ("a", "b"))
    writer.write(first, following=lambda: None)
    writer.write(second)
    assert names(store) == ["a", "a nested", "b", "b nested"]


def test_what_was_decoded_ahead_and_is_not_asked_for_is_left_out(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    first, second, third = (segment(tmp_path / f"{name}.frames", request(name)) for name in ("a", "b", "c"))
    writer.write(first, following=lambda: second)
    writer.write(third)
    assert names(store) == ["a", "a nested", "c", "c nested"]


def test_a_segment_that_cannot_be_decoded_fails_when_its_turn_comes(writer: BatchWriter, store: Store, tmp_path: Path) -> None:
    first = segment(tmp_path / "a.frames", request("a"))
    second = segment(tmp_path / "b.frames", MALFORMED)
    writer.write(first, following=lambda: second)
    assert names(store) == ["a", "a nested"]
    with pytest.raises(InvalidRequest):
        writer.write(second)
    writer.write(segment(tmp_path / "c.frames", request("c")))
    assert names(store) == ["a", "a nested", "c", "c nested"]


def test_a_backlog_of_segments_is_stored_once_and_a_culprit_among_them_costs_itself(store: Store, tmp_path: Path) -> None:
    journal = Journal(JournalSettings(directory=tmp_path / "journal", segment_bytes=1))
    bodies = [request("a"), request("b"), MALFORMED, request("c"), request("d")]
    for body in bodies:
        journal.append([frames.encode(body, project="shop", received_ms=1)], items=2).result(WAIT_S)
    with inserting(journal, store) as inserter:
        assert inserter.drained(timeout_s=WAIT_S)
    journal.close()
    assert names(store) == [name for letter in "abcd" for name in (letter, f"{letter} nested")]
    assert store.query(BURIED)[0]["requests"] == 1
