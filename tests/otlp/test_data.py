"""What the data means; D is the identifier of the conformance checklist (OTLP 1.11).

Values and columns are tested one by one in tests/collector/ingest.
"""

from __future__ import annotations

import gzip
import json
import random
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from tests.otlp.messages import NOON_NS, SECOND_NS, any_value, attributes, logs, record, span, traces
from tests.otlp.sender import JSON, Sender

pytestmark = [pytest.mark.store, pytest.mark.net]

MIB = 1024 * 1024
KINDS: dict[str, Any] = {
    "string": "text",
    "bool": False,
    "int": -(2**63),
    "double": 0.0,
    "bytes": b"\x00\xff",
    "array": ["a", 1, 2.5, True, None, b"x", ["nested", {"deep": [1]}]],
    "kvlist": {"a": {"b": {"c": [1]}}},
    "empty": None,
}


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_D01_every_kind_of_value_is_taken_through_the_door(sender: Sender, encoding: str) -> None:
    if encoding == "protobuf":
        sender.accept(traces(span("x", KINDS), resource=KINDS, scope=KINDS))
    else:
        given = [
            {"key": "string", "value": {"stringValue": "text"}},
            {"key": "bool", "value": {"boolValue": False}},
            {"key": "int", "value": {"intValue": str(-(2**63))}},
            {"key": "double", "value": {"doubleValue": 0}},
            {"key": "bytes", "value": {"bytesValue": "AP8="}},
            {"key": "array", "value": json_value(KINDS["array"])},
            {"key": "kvlist", "value": json_value(KINDS["kvlist"])},
            {"key": "empty", "value": {}},
        ]
        scoped = {"scope": {"attributes": given}, "spans": [{"traceId": "1" * 32, "spanId": "2" * 16, "attributes": given}]}
        body = {"resourceSpans": [{"resource": {"attributes": given}, "scopeSpans": [scoped]}]}
        sender.accept(json.dumps(body), content_type=JSON)
    row = sender.span()
    expected = {
        "string": "text",
        "bool": "false",
        "int": str(-(2**63)),
        "double": "0",
        "bytes": "AP8=",
        "array": '["a",1,2.5,true,null,"eA==" ,["nested",{"deep":[1]}]]',
        "kvlist": '{"a":{"b":{"c":[1]}}}',
        "empty": "",
    }
    kinds = ["string_value", "bool_value", "int_value", "double_value", "bytes_value", "array_value", "kvlist_value", "no_value"]
    for name in ("", "resource_", "scope_"):
        assert row[f"{name}attributes"] == expected
        assert row[f"{name}attribute_kinds"] == kinds


def json_value(value: Any) -> dict[str, Any]:
    """A value in OTLP JSON, for arrays and key-value lists of what the test above holds."""
    message = any_value(value)
    kind = message.WhichOneof("value")
    if kind == "array_value":
        return {"arrayValue": {"values": [json_value(item) for item in value]}}
    if kind == "kvlist_value":
        return {"kvlistValue": {"values": [{"key": key, "value": json_value(item)} for key, item in value.items()]}}
    names = {"string_value": "stringValue", "int_value": "intValue", "double_value": "doubleValue", "bool_value": "boolValue"}
    return {"bytesValue": "eA=="} if kind == "bytes_value" else ({names[kind]: value} if kind else {})


def test_D02_an_unknown_kind_of_value_is_an_empty_one(sender: Sender) -> None:
    # Field 8 of AnyValue, an index into a table of strings (profiles), as a varint.
    later = AnyValue.FromString(b"\x40\x05")
    sent = span("x")
    sent.attributes.append(KeyValue(key="later", value=later))
    sent.attributes.append(KeyValue(key="after", value=AnyValue(int_value=1)))
    sender.accept(traces(sent))
    row = sender.span()
    assert (row["attributes"], row["attribute_kinds"]) == ({"later": "", "after": "1"}, ["no_value", "int_value"])


def test_D03_flags_are_kept_with_bits_of_later_versions(sender: Sender) -> None:
    sender.accept(traces(span("x", flags=0xFFFFFFFF)))
    assert sender.span()["flags"] == 0xFFFFFFFF


@pytest.mark.parametrize("ids", [{}, {"trace_id": bytes(16), "span_id": bytes(8)}, {"trace_id": b"short", "span_id": b"x"}])
def test_D04_a_log_record_without_valid_ids_is_kept_unlinked(sender: Sender, ids: dict[str, Any]) -> None:
    sender.accept(logs(record("kept", **ids)), signal="logs")
    (row,) = sender.stored("logs")
    assert (row["body"], row["trace_id"], row["span_id"]) == ("kept", "", "")


def test_D04_an_invalid_parent_is_no_parent(sender: Sender) -> None:
    sender.accept(traces(span("root", parent_span_id=bytes(8))))
    assert sender.span()["parent_span_id"] == ""


def test_D06_of_duplicate_keys_the_first_one_counts(sender: Sender) -> None:
    sent = span("x")
    sent.attributes.extend([*attributes({"user.id": "first"}), *attributes({"user.id": "second"})])
    sender.accept(traces(sent))
    assert sender.span()["user_id"] == "first"


def test_D07_a_child_may_come_long_before_its_parent_or_without_it(sender: Sender) -> None:
    parent = span("parent")
    child = span("child", trace_id=parent.trace_id, parent_span_id=parent.span_id)
    orphan = span("orphan", parent_span_id=b"12345678")
    sender.accept(traces(child, orphan))
    sender.stored()
    sender.accept(traces(parent))
    assert {row["name"]: row["parent_span_id"] for row in sender.stored()} == {
        "parent": "",
        "child": parent.span_id.hex(),
        "orphan": b"12345678".hex(),
    }


ABSURD: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 2**63 - 1,
    "gen_ai.usage.output_tokens": -(2**63),
    "gen_ai.usage.cost": 1e300,
    "gen_ai.response.time_to_first_chunk": float("nan"),
    "gen_ai.response.finish_reasons": "not an array",
    "gen_ai.input.messages": "[[[",
    "gen_ai.output.messages": "\0{}",
    "spanhouse.tags": [["deep"]],
}


def test_absurd_values_stay_readable_and_count_nothing(sender: Sender) -> None:
    sender.accept(traces(span("\0" * 100, ABSURD)))
    row = sender.span()
    assert (row["input_tokens"], row["output_tokens"], row["cost_usd"], row["time_to_first_chunk_ns"]) == (None, None, None, None)
    assert row["attributes"].keys() | row["content"].keys() == ABSURD.keys()
    assert row["attributes"]["gen_ai.usage.input_tokens"] == str(2**63 - 1)
    assert row["attributes"]["gen_ai.usage.cost"] == "1e300"


EXTREMES: list[Any] = [
    "",
    "\0",
    "nan",
    "-0",
    "1e400",
    "9" * 400,
    "0x1",
    "٣",
    "\udfff".encode("utf-16", "surrogatepass"),
    *KINDS.values(),
]
EXTREMES += [2**63 - 1, -1, 1e300, -1e300, float("inf"), float("-inf"), float("nan"), 5e-324, "1" * 5_000, [None], {}, []]
CANONICAL = [
    "gen_ai.operation.name gen_ai.provider.name gen_ai.system gen_ai.request.model gen_ai.response.model gen_ai.agent.name",
    "gen_ai.tool.name session.id user.id spanhouse.tags gen_ai.response.id gen_ai.response.finish_reasons error.type",
    "gen_ai.request.stream gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_write.input_tokens gen_ai.usage.reasoning.output_tokens gen_ai.response.time_to_first_chunk",
    "gen_ai.usage.cost gen_ai.input.messages gen_ai.output.messages gen_ai.system_instructions gen_ai.retrieval.documents",
]


def test_no_value_of_any_attribute_is_refused_by_the_store(sender: Sender) -> None:
    """Every attribute that becomes a column, with every extreme value: each span is stored, none is put aside."""
    keys = " ".join(CANONICAL).split()
    sent = [span(key, {key: value}) for key in keys for value in EXTREMES]
    sent += [span("together", {key: random.choice(EXTREMES) for key in keys}) for _ in range(200)]
    sender.accept(traces(*sent, resource={"service.name": [1], "deployment.environment": 2**62}))
    assert len(sender.stored()) == len(sent)


def test_a_span_of_ten_megabytes_is_stored_whole(sender: Sender) -> None:
    text = "".join(random.choices("abcdefgh \n", k=1_000)) * 10 * 1_024
    sender.accept(
        gzip.compress(traces(span("large", {"gen_ai.input.messages": text})).SerializeToString()), content_encoding="gzip"
    )
    assert sender.span()["content"] == {"gen_ai.input.messages": text}


def test_a_trace_of_fifty_thousand_spans_is_stored_whole(sender: Sender) -> None:
    trace_id = random.randbytes(16)
    for part in range(10):
        start = NOON_NS + part * SECOND_NS
        sender.accept(
            traces(*(span(f"{part}", trace_id=trace_id, start_time_unix_nano=start + number) for number in range(5_000)))
        )
    (row,) = sender.stored("agreement")
    assert (row["rows"], row["ids"], row["rolled_up"]) == (50_000, 50_000, 50_000)


def test_ten_thousand_attributes_events_and_links_are_stored_whole(sender: Sender) -> None:
    sent = span("wide", {f"key {number}": number for number in range(10_000)})
    for number in range(10_000):
        sent.events.add(name=f"event {number}", time_unix_nano=2**64 - 1 if number % 2 else number)
        sent.links.add(trace_id=random.randbytes(16), span_id=b"x" * (number % 20))
    sender.accept(traces(sent))
    row = sender.span()
    assert (len(row["attributes"]), len(row["event_names"]), len(row["link_span_ids"])) == (10_000, 10_000, 10_000)


def test_every_name_of_a_batch_may_be_another_one(sender: Sender) -> None:
    """No dictionary of names, models or keys fills up."""
    sent = [
        span(f"name {number}", {f"key {number}": 1, "gen_ai.request.model": f"m{number}", "gen_ai.usage.input_tokens": 1})
        for number in range(3_000)
    ]
    sender.accept(traces(*sent))
    assert len(sender.stored()) == 3_000


def test_an_index_of_a_billion_is_a_key_like_any_other(sender: Sender) -> None:
    sender.accept(traces(span("x", {"gen_ai.prompt.999999999.content": "text"})))
    assert sender.span()["attributes"] == {"gen_ai.prompt.999999999.content": "text"}


def test_a_request_may_repeat_resources_and_scopes_and_leave_them_out(sender: Sender) -> None:
    request = ExportTraceServiceRequest()
    for name in ("a", "b"):
        request.resource_spans.add().scope_spans.add().spans.append(span(name))
        request.resource_spans.add()
        request.resource_spans[-1].scope_spans.add()
    request.resource_spans[0].scope_spans.add().spans.append(span("c"))
    sender.accept(request)
    assert sorted(row["name"] for row in sender.stored()) == ["a", "b", "c"]
