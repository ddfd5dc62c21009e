"""Protobuf as others may write it: whatever the library reads is stored, and is no burden for anybody else's requests."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.otlp.messages import gauge, logs, metrics, record, span, traces
from tests.otlp.sender import JSON, PROTOBUF, TABLES, Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

HUGE = 1 << 40


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def part(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def fixed64(field: int, value: int) -> bytes:
    return varint(field << 3 | 1) + struct.pack("<Q", value)


def group(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 3) + content + varint(field << 3 | 4)


def attribute(value: bytes) -> bytes:
    """Field 9 of a span: key k and an AnyValue."""
    return part(9, part(1, b"k") + part(2, value))


KIND, NAME, STATUS, DROPPED, FLAGS = 6, 5, 15, 10, 16
STRING, BOOL, INT, ARRAY = 1, 2, 3, 5

# What follows the ids and times of a span, and what it says.
ODD: dict[str, tuple[bytes, dict[str, Any]]] = {
    "an enum beyond 32 bits": (number(KIND, HUGE | 3), {"span_kind": "Client"}),
    "an enum of a later version": (number(KIND, 99), {"span_kind": "Unspecified"}),
    "a negative enum": (number(KIND, (1 << 64) - 1), {"span_kind": "Unspecified"}),
    "a status beyond 32 bits": (part(STATUS, number(3, HUGE | 2)), {"status_code": "Error"}),
    "a count beyond 32 bits": (number(DROPPED, HUGE | 7), {"dropped_attributes_count": 7}),
    "a boolean that is 2": (attribute(number(BOOL, 2)), {"attributes": {"k": "true"}}),
    "a status in two parts": (
        part(STATUS, part(2, b"m")) + part(STATUS, number(3, 2)),
        {"status_message": "m", "status_code": "Error"},
    ),
    "a value of two kinds": (attribute(part(STRING, b"s") + number(INT, 5)), {"attributes": {"k": "5"}}),
    "an array in two parts": (
        attribute(part(ARRAY, part(1, number(INT, 1))) + part(ARRAY, part(1, number(INT, 2)))),
        {"attributes": {"k": "[1,2]"}},
    ),
    "a group of a later version": (group(50, number(1, 1) + group(2, b"")), {}),
    "a group where attributes belong": (group(9, number(1, 1)), {"attributes": {}}),
    "a number where the name belongs": (number(NAME, 7), {"name": "odd"}),
    "a number where flags belong": (number(FLAGS, 7), {"flags": 0}),
    "a number where an array belongs": (attribute(number(ARRAY, 7)), {"attributes": {"k": ""}}),
    "a field of the collector's own": (part(1000, b"victim") + number(1000, 1), {}),
    "a number longer than it need be": (b"\x30\x83\x80\x00", {"span_kind": "Client"}),
    "empty attributes": (part(9, b"") + part(11, b"") + part(13, b"") + part(15, b""), {"attributes": {"": ""}}),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_protobuf_is_read_as_the_library_reads_it(sender: Sender, odd: str) -> None:
    content, expected = ODD[odd]
    ids = part(1, b"t" * 16) + part(2, b"s" * 8) + part(NAME, b"odd") + fixed64(7, 10) + fixed64(8, 20)
    sender.accept(part(1, part(2, part(2, ids + content))))
    row = sender.span()
    assert {name: row[name] for name in expected} == expected


def test_the_deepest_value_is_stored_in_either_encoding(sender: Sender) -> None:
    value: Any = "x"
    told: dict[str, Any] = {"stringValue": "x"}
    for _ in range(47):
        value, told = [value], {"arrayValue": {"values": [told]}}
    item = {"traceId": "1" * 32, "spanId": "2" * 16, "name": "in json", "attributes": [{"key": "a", "value": told}]}
    sender.accept(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [item]}]}]}), content_type=JSON)
    sender.accept(traces(span("in protobuf", {"a": value})))
    assert {row["name"]: row["attributes"]["a"] for row in sender.stored()} == dict.fromkeys(
        ("in json", "in protobuf"), "[" * 47 + '"x"' + "]" * 47
    )


def test_an_odd_request_costs_its_batch_nothing(sender: Sender) -> None:
    odd = part(1, part(2, part(2, part(1, b"t" * 16) + part(2, b"s" * 8) + number(KIND, HUGE))))
    for name in range(10):
        sender.accept(traces(span(f"{name}")))
        sender.accept(odd)
    assert len(sender.stored()) == 11


GIVEN: dict[str, Any] = {
    "a": 1,
    "b": True,
    "c": [1, "x", {"k": [1.5]}],
    "d": {"k": b"x"},
    "e": None,
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 5,
}
WHOLE = {
    "traces": traces(span("n", GIVEN, kind=3), span("m"), resource=GIVEN, scope=GIVEN).SerializeToString(),
    "logs": logs(record({"a": [1]}, GIVEN, event_name="gen_ai.evaluation.result"), resource=GIVEN).SerializeToString(),
    "metrics": metrics(gauge("n", 1.0, GIVEN), resource=GIVEN, scope=GIVEN).SerializeToString(),
}
Edit = tuple[str, int, bytes]
EDITS = st.lists(
    st.tuples(st.sampled_from(["put", "set", "cut"]), st.integers(0, 10_000), st.binary(min_size=1, max_size=4)),
    min_size=1,
    max_size=4,
)
FUZZED = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


def edited(body: bytes, edits: list[Edit]) -> bytes:
    for what, place, content in edits:
        at = place % (len(body) + 1)
        after = at if what == "put" else at + len(content)
        body = body[:at] + (b"" if what == "cut" else content) + body[after:]
    return body


@FUZZED
@given(EDITS, st.sampled_from(list(WHOLE)))
def test_a_damaged_request_is_refused_or_stored(sender: Sender, edits: list[Edit], signal: str) -> None:
    """What is taken and cannot be stored would be among the dead letters, which the sender's fixture looks at."""
    assert sender.post(edited(WHOLE[signal], edits), signal=signal, content_type=PROTOBUF).status_code in (200, 400)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "value", "stringValue", "arrayValue", "values"]), inner)
    ),
    max_leaves=10,
)


@FUZZED
@given(
    JSON_VALUES,
    st.sampled_from(
        [
            "attributes",
            "name",
            "kind",
            "startTimeUnixNano",
            "events",
            "status",
            "body",
            "gauge",
            "sum",
            "histogram",
            "dataPoints",
            "asInt",
        ]
    ),
    st.sampled_from(list(TABLES)),
)
def test_json_of_any_shape_is_refused_or_stored(sender: Sender, value: Any, place: str, signal: str) -> None:
    item = {"traceId": "1" * 32, "spanId": "2" * 16, place: value}
    spans = {"resourceSpans": [{"scopeSpans": [{"spans": [item]}]}]}
    records = {"resourceLogs": [{"scopeLogs": [{"logRecords": [item]}]}]}
    sent = [{**item, "gauge": {"dataPoints": [item]}, place: value}]
    points = {"resourceMetrics": [{"scopeMetrics": [{"metrics": sent}]}]}
    body = {"traces": spans, "logs": records, "metrics": points}[signal]
    assert sender.post(json.dumps(body), signal=signal, content_type=JSON).status_code in (200, 400)
