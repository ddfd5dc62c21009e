"""No place of a span or a record lets a text past the mask, and none is longer than its limit."""

from typing import Any

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import _log_exporter, trace_exporter
from opentelemetry.sdk._logs import LogRecordLimits, ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceState

from spanhouse.masking.masker import Masker
from spanhouse.masking.rules import read
from spanhouse.outgoing import Bounds, CallableMasking, Masking, Origins, outgoing_scores, outgoing_spans
from tests.redaction.places import PLACES, scope_and_schema

MAIL = "ada@example.com"
RULES = Masker(read({"detectors": ["personal"]}))
PLACES_HERE = {name: place for name, (signal, place) in PLACES.items() if signal != "metrics"}
NAMES = {"attribute key", "key of a nested object", "span name", "event name", "log event name", "log severity"}
LIMIT = 100


def plain(value: Any) -> Any:
    """An AnyValue of OTLP as a Python value."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    return of_pairs(value.kvlist_value.values) if kind == "kvlist_value" else getattr(value, kind)


def of_pairs(pairs: Any) -> dict[str, Any]:
    return {pair.key: plain(pair.value) for pair in pairs}


def state(header: str) -> TraceState:
    return TraceState([tuple(header.split("="))]) if header else TraceState()  # type: ignore[list-item]  # two of them


def origin(of_resource: Any, of_scope: Any) -> dict[str, Any]:
    scope = of_scope.scope
    return {
        "resource": Resource(of_pairs(of_resource.resource.attributes), of_resource.schema_url),
        "instrumentation_scope": InstrumentationScope(scope.name, scope.version, of_scope.schema_url, of_pairs(scope.attributes)),
    }


def sent_span(given: Any, masking: Masking) -> bytes:
    """What leaves of the span in a request, as OTLP."""
    of_resource = given.resource_spans[0]
    of_scope = of_resource.scope_spans[0]
    span = of_scope.spans[0]
    made = ReadableSpan(
        name=span.name,
        context=SpanContext(1, 2, False, trace_state=state(span.trace_state)),
        attributes=of_pairs(span.attributes),
        events=[Event(event.name, of_pairs(event.attributes), 1) for event in span.events],
        links=[
            Link(SpanContext(3, 4, True, trace_state=state(link.trace_state)), of_pairs(link.attributes)) for link in span.links
        ],
        status=Status(StatusCode.ERROR, span.status.message) if span.status.message else Status(),
        start_time=1,
        end_time=2,
        **origin(of_resource, of_scope),
    )
    leaving = outgoing_spans([made], Bounds(masking, limit_chars=131_072), origins=Origins(masking))
    request: bytes = trace_exporter.encode_spans(leaving).SerializeToString()  # type: ignore[attr-defined]  # as it is sent
    return request


def sent_record(given: Any, masking: Masking) -> bytes:
    """What leaves of the record in a request, as OTLP."""
    of_resource = given.resource_logs[0]
    of_scope = of_resource.scope_logs[0]
    record = of_scope.log_records[0]
    made = ReadableLogRecord(
        log_record=LogRecord(
            timestamp=1,
            severity_text=record.severity_text,
            body=plain(record.body),
            attributes=of_pairs(record.attributes),
            event_name=record.event_name,
        ),
        limits=LogRecordLimits(),
        **origin(of_resource, of_scope),
    )
    leaving = outgoing_scores([made], masking, origins=Origins(masking))
    request: bytes = _log_exporter.encode_logs(leaving).SerializeToString()  # type: ignore[attr-defined]  # as it is sent
    return request


def sent(place: str, masking: Masking, *, everywhere: bool = False) -> bytes:
    request = PLACES_HERE[place](MAIL)
    if everywhere:
        scope_and_schema(request, MAIL)
    return sent_span(request, masking) if PLACES[place][0] == "traces" else sent_record(request, masking)


class Nothing:
    """Masks nothing."""

    def attributes(self, attributes: Any) -> dict[str, Any]:
        return dict(attributes)

    def name(self, name: str) -> str:
        return name

    def status(self, description: str) -> str:
        return description

    def trace_state(self, pair: str) -> str:
        return pair


@pytest.mark.parametrize("place", PLACES_HERE)
def test_rules_look_everywhere_that_a_text_can_stand(place: str) -> None:
    assert MAIL.encode() in sent(place, Nothing())
    assert MAIL.encode() not in sent(place, RULES, everywhere=True)


def test_function_sees_all_but_names_keys_and_bytes() -> None:
    function = CallableMasking(lambda key, text: text.replace(MAIL, "[x]"))
    assert {place for place in PLACES_HERE if MAIL.encode() in sent(place, function)} == NAMES | {"bytes"}


def span(number: int = 1, **parts: Any) -> ReadableSpan:
    return ReadableSpan(name="work", context=SpanContext(1, number, False), start_time=1, end_time=2, **parts)


def test_resource_and_scope_are_masked_once_and_not_with_each_span() -> None:
    seen: list[str] = []

    def mask(key: str, text: str) -> str:
        seen.append(key)
        return text

    masking = CallableMasking(mask)
    origins = Origins(masking)
    parts = {"resource": Resource({"owner": MAIL}), "instrumentation_scope": InstrumentationScope("lib", attributes={"by": MAIL})}
    for _ in range(3):
        outgoing_spans([span(number, **parts) for number in range(1, 5)], Bounds(masking, limit_chars=LIMIT), origins=origins)
    assert sorted(seen) == ["by", "owner"]


def test_origins_that_are_made_anew_each_time_are_not_kept_for_ever() -> None:
    origins = Origins(RULES)
    for number in range(2_000):
        masked = origins.scope(InstrumentationScope(f"lib {number}", attributes={"by": MAIL}))
        assert masked is not None
        assert (masked.name, dict(masked.attributes or {})) == (f"lib {number}", {"by": "[redacted:email]"})
    assert len(origins._scopes) <= 256


def test_attributes_of_a_link_obey_the_limit() -> None:
    linked = span(links=[Link(SpanContext(3, 4, True), {"note": "x" * 1_000})])
    (leaving,) = outgoing_spans([linked], Bounds(None, limit_chars=LIMIT), origins=Origins(None))
    (text,) = (leaving.links[0].attributes or {}).values()
    assert len(str(text)) <= LIMIT + len("… [cut]")


def test_content_in_a_link_stays_here_where_no_content_is_kept() -> None:
    linked = span(links=[Link(SpanContext(3, 4, True), {"gen_ai.input.messages": "x", "note": "y"})])
    (leaving,) = outgoing_spans([linked], Bounds(None, limit_chars=LIMIT, keeps_content=False), origins=Origins(None))
    assert dict(leaving.links[0].attributes or {}) == {"note": "y"}


@pytest.mark.parametrize("given", ["with, comma", "ünicode", "a=b", " ", ""])
def test_pair_that_no_longer_fits_a_trace_state_is_left_out(given: str) -> None:
    masking = CallableMasking(lambda key, text: given if MAIL in text else text)
    kept = TraceState([("a", "1"), ("vendor", MAIL)])
    made = ReadableSpan(name="work", context=SpanContext(1, 2, False, trace_state=kept), start_time=1, end_time=2)
    (leaving,) = outgoing_spans([made], Bounds(masking, limit_chars=LIMIT), origins=Origins(masking))
    assert leaving.context is not None
    assert dict(leaving.context.trace_state) == {"a": "1"}
