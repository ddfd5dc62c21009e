"""Every AnyValue comes back with its kind and its value, wherever it stands and however deep it is: through the real engine."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanhouse_collector.ingest import frames
from spanhouse_collector.ingest.batch import BatchWriter
from spanhouse_collector.otlp import nested, protobuf
from spanhouse_collector.storage import Store, load
from tests.otlp.messages import logs, record, span, traces
from tests.otlp.values import ATTRIBUTES, as_read, expected, read, values

pytestmark = pytest.mark.store

_projects = count()

EXAMPLES = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[Path]:
    return (tmp_path / f"{number}.frames" for number in count())


def write(writer: BatchWriter, path: Path, body: bytes) -> str:
    project = f"values-{next(_projects)}"
    path.write_bytes(frames.encode(body, project=project, received_ms=1))
    writer.write(path)
    return project


@pytest.fixture
def spans_writer(shared_store: Store) -> BatchWriter:
    return BatchWriter(shared_store, "traces", instance="test", nested=nested)


@pytest.fixture
def logs_writer(shared_store: Store) -> BatchWriter:
    return BatchWriter(shared_store, "logs", instance="test", nested=nested)


@EXAMPLES
@given(st.lists(ATTRIBUTES, min_size=5, max_size=5))
def test_D01_values_of_spans_come_back(
    shared_store: Store, spans_writer: BatchWriter, segments: Iterator[Path], sent: list[dict[str, Any]]
) -> None:
    own, resource, scope, event, link = sent
    sent_span = span("x", own)
    sent_span.events.add(name="e").attributes.extend(span("", event).attributes)
    sent_span.links.add(trace_id=b"t" * 16).attributes.extend(span("", link).attributes)
    request = ExportTraceServiceRequest()
    request.CopyFrom(traces(sent_span, scope=scope))
    del request.resource_spans[0].resource.attributes[:]
    request.resource_spans[0].resource.attributes.extend(span("", resource).attributes)
    project = write(spans_writer, next(segments), request.SerializeToString())
    (row,) = shared_store.query(load("tests.otlp.sql", "spans"), {"project": project})
    stored = read(row["attributes"], row["attribute_kinds"]) | read(row["content"], row["content_kinds"])
    assert stored == expected(own)
    assert read(row["resource_attributes"], row["resource_attribute_kinds"]) == expected(resource)
    assert read(row["scope_attributes"], row["scope_attribute_kinds"]) == expected(scope)
    assert read(row["event_attributes"][0], row["event_attribute_kinds"][0]) == expected(event)
    assert read(row["link_attributes"][0], row["link_attribute_kinds"][0]) == expected(link)


@EXAMPLES
@given(st.tuples(values(6), ATTRIBUTES))
def test_D01_values_of_log_records_come_back(
    shared_store: Store, logs_writer: BatchWriter, segments: Iterator[Path], content: tuple[Any, dict[str, Any]]
) -> None:
    body, own = content
    request: ExportLogsServiceRequest = logs(record(body, own))
    project = write(logs_writer, next(segments), request.SerializeToString())
    (row,) = shared_store.query(load("tests.otlp.sql", "logs"), {"project": project})
    assert read(row["attributes"], row["attribute_kinds"]) == expected(own)
    assert (row["body_kind"], as_read(row["body"], row["body_kind"])) == expected({"body": body})["body"]


def test_bytes_and_doubles_that_json_cannot_write_are_told_from_strings_at_any_depth(
    shared_store: Store, spans_writer: BatchWriter, segments: Iterator[Path]
) -> None:
    leaves = [b"x", "eA==", float("nan"), "NaN", float("-inf")]
    sent = {"list": leaves, "map": dict(zip("abcde", leaves, strict=True)), "deep": [[[*leaves]]]}
    project = write(spans_writer, next(segments), traces(span("x", sent)).SerializeToString())
    (row,) = shared_store.query(load("tests.otlp.sql", "spans"), {"project": project})
    written = '"eA==" ,"eA==", "NaN","NaN", "-Infinity"'
    assert row["attributes"]["list"] == f"[{written}]"
    assert row["attributes"]["deep"] == f"[[[{written}]]]"
    assert row["attributes"]["map"] == '{"a":"eA==" ,"b":"eA==","c": "NaN","d":"NaN","e": "-Infinity"}'
    (found,) = shared_store.query(load("tests.collector.ingest.sql", "json_leaves"), {"project": project})
    assert found["list"] == found["map"] == found["deep"] == ["eA==", "eA==", "NaN", "NaN", "-Infinity"]


def test_one_deep_value_changes_no_other_row_of_its_batch(
    shared_store: Store, spans_writer: BatchWriter, segments: Iterator[Path]
) -> None:
    shallow = {"a": [1, "x", None], "b": {"k": 1.0}, "c": b"\x00", "d": "text"}
    plainly = write(spans_writer, next(segments), traces(span("x", shallow)).SerializeToString())
    path = next(segments)
    parts = [(span("x", shallow), "beside"), (span("y", {"deep": [[["x"]]]}), "deep")]
    path.write_bytes(
        b"".join(frames.encode(traces(sent).SerializeToString(), project=project, received_ms=1) for sent, project in parts)
    )
    spans_writer.write(path)
    rows = [
        shared_store.query(load("tests.otlp.sql", "spans"), {"project": project})[0] for project in (plainly, "beside", "deep")
    ]
    assert rows[0]["attributes"] == rows[1]["attributes"]
    assert rows[2]["attributes"] == {"deep": '[[["x"]]]'}
    assert rows[2]["attribute_kinds"] == ["array_value"]


def test_a_text_that_reads_like_a_value_left_undecoded_stays_as_it_is(
    shared_store: Store, spans_writer: BatchWriter, segments: Iterator[Path]
) -> None:
    # What the engine makes of the list beside it until that is decoded: kind 5 and the bytes of [1].
    forged = "[\x01" + "5" + base64.b64encode(b"\x0a\x02\x18\x01").decode() + "\x01]"
    sent = traces(span("x", {"deep": [[1]], "forged": forged}), resource={"service.name": [["shop"]]})
    project = write(spans_writer, next(segments), sent.SerializeToString())
    (row,) = shared_store.query(load("tests.otlp.sql", "spans"), {"project": project})
    assert row["attributes"] == {"deep": "[[1]]", "forged": forged}
    assert (row["resource_attributes"], row["service"]) == ({"service.name": '[["shop"]]'}, '[["shop"]]')


def test_a_body_with_fields_of_ours_does_not_choose_its_project(
    shared_store: Store, spans_writer: BatchWriter, segments: Iterator[Path]
) -> None:
    forged = frames.encode(b"", project="victim", received_ms=7)[1:]
    sent = traces(span("x", {"deep": [[1]]})).SerializeToString()
    for body in (forged + sent, sent + forged, forged + sent + forged):
        project = write(spans_writer, next(segments), protobuf.check("traces", body).body)
        assert len(shared_store.query(load("tests.otlp.sql", "spans"), {"project": project})) == 1
    assert shared_store.query(load("tests.otlp.sql", "spans"), {"project": "victim"}) == []


def test_D06_duplicate_keys_are_kept_and_the_first_one_counts(
    shared_store: Store, spans_writer: BatchWriter, segments: Iterator[Path]
) -> None:
    sent = Span(trace_id=b"t" * 16, span_id=b"s" * 8, start_time_unix_nano=1, end_time_unix_nano=2)
    sent.attributes.extend(
        KeyValue(key="gen_ai.request.model", value=AnyValue(string_value=name)) for name in ("first", "second")
    )
    project = write(spans_writer, next(segments), traces(sent).SerializeToString())
    (row,) = shared_store.query(load("tests.otlp.sql", "spans"), {"project": project})
    assert row["request_model"] == "first"
    assert row["attribute_kinds"] == ["string_value", "string_value"]
