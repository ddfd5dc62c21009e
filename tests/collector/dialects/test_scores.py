"""Scores that come on spans are rows of scores, as those of log records are: once each, however often and in how many ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.ingest.wire import Signal
from spanhouse_collector.otlp import nested
from spanhouse_collector.storage import Store, load
from tests.otlp.messages import NOON_NS, attributes, logs, record, span, traces

pytestmark = pytest.mark.store

Scores = Callable[..., list[dict[str, Any]]]
TRACE, CALL, JUDGE = b"t" * 16, b"c" * 8, b"j" * 8
IDS: dict[str, Any] = {"trace_id": TRACE, "span_id": CALL}
RESULT = "gen_ai.evaluation.result"
TONE = {
    "gen_ai.evaluation.name": "tone",
    "gen_ai.evaluation.score.value": 0.5,
    "gen_ai.evaluation.score.label": "kind",
    "gen_ai.evaluation.explanation": "it says please",
}
LLM = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o", "session.id": "s"}


@pytest.fixture
def scores(shared_store: Store, new_project: Callable[[], str], tmp_path: Path) -> Scores:
    """Stores requests in a batch each, all of them `times` over, and gives back the project's scores."""
    writers: dict[Signal, BatchWriter] = {}

    def write(*requests: Message, times: int = 1) -> list[dict[str, Any]]:
        project = new_project()
        path = tmp_path / f"{project}.frames"
        for request in requests * times:
            signal: Signal = "logs" if "Logs" in type(request).__name__ else "traces"
            if signal not in writers:
                writers[signal] = BatchWriter(shared_store, signal, instance="test", nested=nested)
            path.write_bytes(frames.encode(request.SerializeToString(), project=project, received_ms=1))
            writers[signal].write(path)
        return shared_store.query(load("tests.collector.dialects.sql", "scores"), {"project": project})

    return write


def event(given: dict[str, Any], after_ns: int = 1) -> Span.Event:
    return Span.Event(name=RESULT, time_unix_nano=NOON_NS + after_ns, attributes=attributes(given))


def call(given: dict[str, Any], **fields: Any) -> Message:
    return traces(span("chat", given, **{**IDS, **fields}))


def facts(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("name", "target", "value", "label", "source", "status"))


def test_a_result_as_an_event_scores_its_span(scores: Scores) -> None:
    (row,) = scores(call({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}, events=[event({**TONE, "judge": "j"})]))
    assert row == {
        "name": "tone",
        "target": "span",
        "trace_id": TRACE.hex(),
        "span_id": CALL.hex(),
        "session_id": "",
        "source": "client",
        "evaluator": "",
        "status": "scored",
        "value": 0.5,
        "label": "kind",
        "explanation": "it says please",
        "reason": "",
        "model": "m",
        "attributes": {"judge": "j"},
        "time_ns": NOON_NS + 1,
    }


def test_a_span_sent_again_scores_nothing_anew(scores: Scores) -> None:
    found = scores(call(LLM, events=[event(TONE), event({**TONE, "gen_ai.evaluation.name": "length"})]), times=3)
    assert [row["name"] for row in found] == ["length", "tone"]


def test_a_result_that_comes_as_an_event_and_as_a_record_is_one_score(scores: Scores) -> None:
    """OpenLIT writes both."""
    given = {**TONE, "openlit.score.idempotency_key": "k"}
    sent = logs(record("", given, event_name=RESULT, time_unix_nano=NOON_NS + 2_000, **IDS))
    (row,) = scores(call(LLM, events=[event(given)]), sent, times=2)
    assert facts(row) == ("tone", "span", 0.5, "kind", "client", "scored")


def test_a_result_among_a_spans_attributes(scores: Scores) -> None:
    (row,) = scores(call({**LLM, **TONE}))
    assert facts(row) == ("tone", "span", 0.5, "kind", "client", "scored")


def test_annotations_of_a_span_its_trace_and_its_session(scores: Scores) -> None:
    given = {
        **LLM,
        "annotations.0.annotation.name": "correct",
        "annotations.0.annotation.score": 1,
        "annotations.0.annotation.annotator_kind": "HUMAN",
        "annotations.0.annotation.identifier": "ann",
        "annotations.0.annotation.metadata": '{"rubric":2}',
        "evaluations.0.evaluation.name": "tone",
        "evaluations.0.evaluation.label": "kind",
        "trace.annotations.0.annotation.name": "solved",
        "trace.annotations.0.annotation.score": 0.25,
        "session.evaluations.0.evaluation.name": "loyal",
        "session.evaluations.0.evaluation.score": 3,
    }
    correct, loyal, solved, tone = scores(call(given), times=2)
    assert facts(correct) == ("correct", "span", 1.0, "", "person", "scored")
    assert (correct["evaluator"], correct["attributes"]) == ("ann", {"annotator_kind": "HUMAN", "metadata": '{"rubric":2}'})
    assert facts(tone) == ("tone", "span", None, "kind", "client", "scored")
    assert facts(solved) == ("solved", "trace", 0.25, "", "client", "scored")
    assert (solved["trace_id"], solved["span_id"]) == (TRACE.hex(), "")
    assert facts(loyal) == ("loyal", "session", 3.0, "", "client", "scored")
    assert (loyal["trace_id"], loyal["session_id"]) == ("", "s")


def test_a_result_said_in_both_words_is_one_score(scores: Scores) -> None:
    same = {f"{one}s.0.{one}.{field}": value for one in ("annotation", "evaluation") for field, value in JUDGED.items()}
    assert len(scores(call({**LLM, **same}))) == 1


JUDGED = {"name": "correct", "score": 0, "label": "no"}
GIVEN = {"openinference.span.kind": "EVALUATOR", "output.value": json.dumps([{**JUDGED, "kind": "llm", "metadata": {}}])}


@pytest.mark.parametrize(
    ("fields", "scored"),
    [
        ({"parent_span_id": CALL}, CALL),
        ({"links": [Span.Link(trace_id=TRACE, span_id=CALL)], "parent_span_id": b"o" * 8}, CALL),
        ({}, JUDGE),
    ],
    ids=["the one that called it", "the one it links to", "itself"],
)
def test_what_an_evaluators_span_gave_scores(scores: Scores, fields: dict[str, Any], scored: bytes) -> None:
    (row,) = scores(traces(span("judge.evaluate", GIVEN, trace_id=TRACE, span_id=JUDGE, **fields)))
    assert facts(row) == ("correct", "span", 0.0, "no", "client", "scored")
    assert (row["span_id"], row["evaluator"], row["attributes"]) == (scored.hex(), "judge.evaluate", {"annotator_kind": "llm"})


def test_a_bare_number_of_an_evaluator_has_its_spans_name(scores: Scores) -> None:
    (row,) = scores(traces(span("tone", {"openinference.span.kind": "EVALUATOR", "output.value": "0.75"})))
    assert facts(row) == ("tone", "span", 0.75, "", "client", "scored")


def test_no_number_is_unscored_with_the_reason_and_what_has_no_name_or_result_is_no_score(scores: Scores) -> None:
    odd = event({"gen_ai.evaluation.name": "odd", "gen_ai.evaluation.score.value": "nan"})
    silent = event({"gen_ai.evaluation.explanation": "of nothing"})
    bare = event({"gen_ai.evaluation.name": "bare"})
    (row,) = scores(call(LLM, events=[odd, silent, bare]))
    assert (row["status"], row["value"], row["reason"]) == ("unscored", None, "value is not a finite number")
