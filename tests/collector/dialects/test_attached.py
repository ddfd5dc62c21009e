"""Messages that come as log records of their own stand in their span's row, whichever of the two was stored first."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Store, load
from tests.collector.dialects.cells import ANSWER, USER, said
from tests.otlp.messages import NOON_NS, logs, record, span, traces

pytestmark = pytest.mark.store

Write = Callable[[Signal, Message], None]
CALL = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
IDS: dict[str, Any] = {"trace_id": b"t" * 16, "span_id": b"s" * 8}


@pytest.fixture
def write(store: Store, tmp_path: Path) -> Write:
    """Stores one request as a batch."""
    writers: dict[Signal, BatchWriter] = {}
    numbers = count()

    def stored(signal: Signal, request: Message) -> None:
        if signal not in writers:
            writers[signal] = BatchWriter(store, signal, instance="test", nested=nested)
        path = tmp_path / f"{next(numbers)}.frames"
        path.write_bytes(frames.encode(request.SerializeToString(), project="p", received_ms=1))
        writers[signal].write(path)

    return stored


def call(**fields: Any) -> Message:
    return traces(span("chat", CALL, **{**IDS, **fields}))


def event(name: str, body: Any, after_ns: int = 1, **fields: Any) -> Any:
    return record(body, event_name=name, time_unix_nano=NOON_NS + after_ns, **{**IDS, **fields})


def conversation() -> Message:
    return logs(
        event("gen_ai.choice", {"index": 0, "message": {"role": "assistant", "content": "ho"}}, 9),
        event("gen_ai.system.message", {"content": "be kind"}),
        event("gen_ai.user.message", {"content": "hi"}, 2),
        event("gen_ai.user.message", {"content": "not for this span"}, 3, span_id=b"o" * 8),
    )


def told(store: Store) -> tuple[Any, Any]:
    (row,) = store.query(load("tests.collector.dialects.sql", "canonical"), {"project": "p"})
    return tuple(json.loads(row[column] or "null") for column in ("input_messages", "output_messages"))


SAID = ([*said("system", "be kind"), *USER], ANSWER)


def test_messages_that_came_before_their_span(write: Write, store: Store) -> None:
    write("logs", conversation())
    write("traces", call())
    assert told(store) == SAID


def test_messages_that_come_after_their_span(write: Write, store: Store) -> None:
    write("traces", call())
    write("logs", conversation())
    assert told(store) == SAID


def test_messages_in_several_batches_and_a_span_sent_again(write: Write, store: Store) -> None:
    write("traces", call())
    write(
        "logs", logs(event("gen_ai.system.message", {"content": "be kind"}), event("gen_ai.user.message", {"content": "hi"}, 2))
    )
    write("logs", logs(event("gen_ai.choice", {"message": {"content": "ho"}}, 9)))
    write("traces", call())
    assert told(store) == SAID


def test_the_event_that_carries_all_of_a_call(write: Write, store: Store) -> None:
    content = {"gen_ai.input.messages": json.dumps(USER), "gen_ai.output.messages": json.dumps(ANSWER)}
    write("traces", call())
    write("logs", logs(record(None, content, event_name="gen_ai.client.inference.operation.details", **IDS)))
    assert told(store) == (USER, ANSWER)


def test_a_span_keeps_the_messages_that_it_carries_itself(write: Write, store: Store) -> None:
    own = {**CALL, "gen_ai.input.messages": json.dumps(said("user", "own"))}
    write("traces", traces(span("chat", own, **IDS)))
    write("logs", conversation())
    assert told(store) == (said("user", "own"), None)


def test_messages_of_no_span_are_records_and_nothing_more(write: Write, store: Store) -> None:
    write("logs", logs(record({"content": "hi"}, event_name="gen_ai.user.message")))
    write("logs", conversation())
    assert store.query(load("tests.collector.dialects.sql", "canonical"), {"project": "p"}) == []
