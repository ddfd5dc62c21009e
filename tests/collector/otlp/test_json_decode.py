"""OTLP JSON, statement by statement (opentelemetry-proto 1.11, "JSON Protobuf Encoding"), and fuzzed."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.otlp import json_decode, protobuf
from tests.otlp.messages import span, traces

TRACE_ID = "5B8EFFF798038103D269B633813FC60C"
SPAN_ID = "eee19b7ec3c1b174"


def request(**span: Any) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()


def decode(body: bytes | str) -> ExportTraceServiceRequest:
    decoded = json_decode.decode("traces", body.encode() if isinstance(body, str) else body)
    assert isinstance(decoded, ExportTraceServiceRequest)
    return decoded


def decoded_span(**span: Any) -> Span:
    return decode(request(**span)).resource_spans[0].scope_spans[0].spans[0]


def decoded_value(value: Any) -> AnyValue:
    return decoded_span(attributes=[{"key": "k", "value": value}]).attributes[0].value


def nested(levels: int) -> Any:
    value: Any = {"stringValue": "x"}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    return value


def test_J01_ids_are_hex_in_either_case() -> None:
    span = decoded_span(traceId=TRACE_ID, spanId=SPAN_ID.upper(), parentSpanId=SPAN_ID, links=[{"traceId": TRACE_ID.lower()}])
    assert span.trace_id.hex() == span.links[0].trace_id.hex() == TRACE_ID.lower()
    assert span.span_id.hex() == span.parent_span_id.hex() == SPAN_ID


@pytest.mark.parametrize("text", ["W47/95gDgQPSabYzgT/GDA==", "zz", "abc", "5b 8e", "5b8e\n"])
def test_J01_other_forms_of_an_id_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="give hex digits"):
        decode(request(traceId=text))


@pytest.mark.parametrize("text", ["aGk=", "aGk", "-_8=", "-_8", "+/8="])
def test_J02_bytes_are_base64(text: str) -> None:
    assert decoded_value({"bytesValue": text}).bytes_value in (b"hi", b"\xfb\xff")


def test_J02_what_is_not_base64_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="give base64"):
        decoded_value({"bytesValue": "a!"})


def test_J03_enums_are_integers() -> None:
    assert decoded_span(kind=3, status={"code": 2}).kind == Span.SPAN_KIND_CLIENT
    with pytest.raises(InvalidRequest, match=r"\$\.resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.kind"):
        decode(request(kind="SPAN_KIND_CLIENT"))


def test_J04_unknown_fields_are_ignored_at_every_level() -> None:
    body = {
        "new": 1,
        "resourceSpans": [
            {
                "new": {},
                "resource": {"new": []},
                "scopeSpans": [
                    {"new": "", "scope": {"new": None}, "spans": [{"name": "a", "new": {"x": [1]}, "events": [{"new": 1}]}]}
                ],
            }
        ],
    }
    assert decode(json.dumps(body)).resource_spans[0].scope_spans[0].spans[0].name == "a"


def test_J05_snake_case_is_an_unknown_field() -> None:
    assert decode('{"resource_spans": [{"scope_spans": []}]}') == ExportTraceServiceRequest()


@pytest.mark.parametrize("number", [0, 1, -1, 2**53 + 1, 2**63 - 1, -(2**63)])
def test_J06_64_bit_integers_are_numbers_or_strings(number: int) -> None:
    assert decoded_value({"intValue": number}).int_value == decoded_value({"intValue": str(number)}).int_value == number


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, "1e3", "", " 1", "1_000", "\u0661", 1.5, True, [], {}, "0x10"])
def test_J06_what_is_no_64_bit_integer_is_refused(number: Any) -> None:
    with pytest.raises(InvalidRequest, match="give an integer"):
        decoded_value({"intValue": number})


@pytest.mark.parametrize(
    ("given_value", "expected"), [("NaN", math.nan), ("Infinity", math.inf), ("-Infinity", -math.inf), (1, 1.0), ("2.5", 2.5)]
)
def test_J07_doubles_may_be_special(given_value: Any, expected: float) -> None:
    assert decoded_value({"doubleValue": given_value}).double_value == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_J07_a_bare_special_number_is_not_json(text: str) -> None:
    with pytest.raises(InvalidRequest, match="not valid JSON"):
        decode(f'{{"resourceSpans": {text}}}')


@pytest.mark.parametrize("attribute", [{"key": "n", "value": {}}, {"key": "n"}, {"key": "n", "value": None}])
def test_J08_an_attribute_may_have_no_value(attribute: Any) -> None:
    (found,) = decoded_span(attributes=[attribute]).attributes
    assert (found.key, found.value.WhichOneof("value")) == ("n", None)


def test_J08_an_empty_array_is_not_no_value() -> None:
    assert decoded_value({"arrayValue": {}}).WhichOneof("value") == "array_value"
    assert decoded_value({"kvlistValue": {}}).WhichOneof("value") == "kvlist_value"


def test_J09_null_means_absent() -> None:
    assert decoded_span(name=None, kind=None, attributes=None, status=None, startTimeUnixNano=None) == Span()
    assert decode('{"resourceSpans": null}') == ExportTraceServiceRequest()


@pytest.mark.parametrize("text", ["emoji 🙂", "nul \0 inside", "\u2028", "ÅÄÖ", "\U0010ffff"])
def test_J10_any_unicode_text_is_kept(text: str) -> None:
    assert decoded_value({"stringValue": text}).string_value == text


def test_J10_a_lone_surrogate_becomes_the_replacement_character() -> None:
    body = request(attributes=[{"key": "k", "value": {"stringValue": "a\ud800b"}}], name="\udfff")
    span = decode(body).resource_spans[0].scope_spans[0].spans[0]
    assert (span.attributes[0].value.string_value, span.name) == ("a\ufffdb", "\ufffd")


@pytest.mark.parametrize("body", ["", "{", "nope", "[1,2", '{"resourceSpans": [}', "\ufeff{}x", "1" * 5_000, b"\xff\xfe{"])
def test_J11_what_is_not_json_is_refused(body: str | bytes) -> None:
    with pytest.raises(InvalidRequest):
        decode(body)


@pytest.mark.parametrize(
    "body", ["[]", "1", '"a"', "true", '{"resourceSpans": {}}', '{"resourceSpans": [1]}', '{"resourceSpans": "a"}']
)
def test_J11_the_wrong_shape_is_refused_with_its_place(body: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^\$"):
        decode(body)


def lists(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_J11_a_value_may_be_as_deep_as_in_the_binary_encoding() -> None:
    assert decoded_value(nested(47)).WhichOneof("value") == "array_value"
    protobuf.parse("traces", traces(span("n", {"a": lists(47)})).SerializeToString())
    with pytest.raises(InvalidRequest):
        protobuf.parse("traces", traces(span("n", {"a": lists(48)})).SerializeToString())
    for levels in (48, 200):
        with pytest.raises(InvalidRequest, match="flatten the value"):
            decoded_value(nested(levels))
    with pytest.raises(InvalidRequest):
        decode('{"resourceSpans":' + "[" * 200_000)


JSON_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10)
NAMES = st.sampled_from(
    [
        "resourceSpans",
        "resource",
        "scopeSpans",
        "scope",
        "spans",
        "traceId",
        "spanId",
        "parentSpanId",
        "name",
        "kind",
        "startTimeUnixNano",
        "attributes",
        "key",
        "value",
        "stringValue",
        "intValue",
        "doubleValue",
        "boolValue",
        "bytesValue",
        "arrayValue",
        "kvlistValue",
        "values",
        "events",
        "links",
        "status",
        "code",
        "message",
    ]
)
JSON_VALUES = st.recursive(
    JSON_SCALARS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), children, max_size=5),
    max_leaves=30,
)


@given(JSON_VALUES, st.sampled_from(["resourceSpans", "spans", "attributes", "value"]))
def test_any_json_is_decoded_or_refused(value: Any, place: str) -> None:
    bodies = {
        "resourceSpans": {"resourceSpans": value},
        "spans": {"resourceSpans": [{"scopeSpans": [{"spans": value}]}]},
        "attributes": {"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": value}]}]}]},
        "value": {"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [{"key": "k", "value": value}]}]}]}]},
    }
    try:
        checked = protobuf.check_request(json_decode.decode("traces", json.dumps(bodies[place]).encode()))
    except InvalidRequest:
        return
    protobuf.parse("traces", checked.body)


@given(st.binary(max_size=100))
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    try:
        json_decode.decode("traces", body)
    except InvalidRequest:
        return


@given(st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(), st.binary())
def test_what_the_protobuf_library_writes_is_read_back(number: int, real: float, text: str, data: bytes) -> None:
    """The library's JSON writer differs from OTLP in ids and enums only, and none of those stands here."""
    span = Span(name=text)
    for value in (
        AnyValue(int_value=number),
        AnyValue(double_value=real),
        AnyValue(string_value=text),
        AnyValue(bytes_value=data),
    ):
        span.attributes.add(key=text, value=value)
    assert decoded_span(**MessageToDict(span)) == span
