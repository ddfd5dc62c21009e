"""Whole spans come back as they were sent, field by field, in either encoding, through a real server."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from itertools import count
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from tests.otlp.messages import NOON_NS, attributes
from tests.otlp.sender import JSON, PROTOBUF, Sender
from tests.otlp.values import ATTRIBUTES, TEXTS, expected, read

pytestmark = [pytest.mark.store, pytest.mark.net, pytest.mark.timeout(120)]

_DAY_NS = 86_400_000_000_000
_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_CODES = ("Unset", "Ok", "Error")
_numbers = count(1)

UINT32 = st.integers(0, 2**32 - 1)
STATES = st.sampled_from(["", "a=b", "vendor@acme=1,other=2"]) | TEXTS
INSTANTS = st.integers(NOON_NS - _DAY_NS, NOON_NS + _DAY_NS)
# Instants of events are kept as they are, however odd.
MOMENTS = INSTANTS | st.sampled_from([0, 1, 2**62])
EVENTS = st.builds(
    lambda given, **fields: Span.Event(attributes=attributes(given), **fields),
    given=ATTRIBUTES,
    name=TEXTS,
    time_unix_nano=MOMENTS,
    dropped_attributes_count=UINT32,
)
LINKS = st.builds(
    lambda given, **fields: Span.Link(attributes=attributes(given), **fields),
    given=ATTRIBUTES,
    trace_id=st.binary(min_size=16, max_size=16),
    span_id=st.binary(min_size=8, max_size=8),
    trace_state=STATES,
    flags=UINT32,
    dropped_attributes_count=UINT32,
)
SPANS = st.builds(
    lambda given, **fields: Span(attributes=attributes(given), **fields),
    given=ATTRIBUTES,
    span_id=st.binary(min_size=8, max_size=8).filter(any),
    parent_span_id=st.just(b"") | st.binary(min_size=8, max_size=8),
    name=TEXTS,
    kind=st.integers(0, 5),
    start_time_unix_nano=INSTANTS,
    end_time_unix_nano=INSTANTS,
    status=st.builds(Status, code=st.integers(0, 2), message=TEXTS),
    trace_state=STATES,
    flags=UINT32,
    events=st.lists(EVENTS, max_size=3),
    links=st.lists(LINKS, max_size=3),
    dropped_attributes_count=UINT32,
    dropped_events_count=UINT32,
    dropped_links_count=UINT32,
)
SCOPED = st.builds(
    lambda given, **fields: ScopeSpans(
        scope=InstrumentationScope(
            name=fields["name"],
            version=fields["version"],
            attributes=attributes(given),
            dropped_attributes_count=fields["dropped"],
        ),
        schema_url=fields["url"],
        spans=fields["spans"],
    ),
    given=ATTRIBUTES,
    name=TEXTS,
    version=TEXTS,
    url=TEXTS,
    dropped=UINT32,
    spans=st.lists(SPANS, min_size=1, max_size=3, unique_by=lambda span: span.span_id),
)
REQUESTS = st.lists(
    st.builds(
        lambda given, **fields: ResourceSpans(
            resource=Resource(attributes=attributes(given), dropped_attributes_count=fields["dropped"]),
            schema_url=fields["url"],
            scope_spans=fields["scoped"],
        ),
        given=ATTRIBUTES,
        dropped=UINT32,
        url=TEXTS,
        scoped=st.lists(SCOPED, min_size=1, max_size=2),
    ),
    min_size=1,
    max_size=2,
)


@pytest.mark.parametrize("encoding", [PROTOBUF, JSON])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(REQUESTS)
def test_D01_whole_spans_come_back(sender: Sender, encoding: str, sent: list[ResourceSpans]) -> None:
    request = ExportTraceServiceRequest(resource_spans=sent)
    told = dict[tuple[str, str], dict[str, Any]]()
    for resource, scoped, span in spans_of(request):
        # No two examples may have a trace in common, and no two of its scopes a span.
        span.trace_id = next(_numbers).to_bytes(16, "big")
        told[span.trace_id.hex(), span.span_id.hex()] = as_stored(resource, scoped, span=span)
    sender.accept(in_json(request) if encoding == JSON else request, content_type=encoding)
    rows = {(row["trace_id"], row["span_id"]): row for row in sender.stored()}
    for key, fields in told.items():
        row = as_told(rows[key])
        assert {name: row[name] for name in fields} == fields


def spans_of(request: ExportTraceServiceRequest) -> list[tuple[ResourceSpans, ScopeSpans, Span]]:
    return [
        (resource, scoped, span)
        for resource in request.resource_spans
        for scoped in resource.scope_spans
        for span in scoped.spans
    ]


def in_json(request: ExportTraceServiceRequest) -> str:
    """The request as OTLP/JSON has it, which is protobuf's JSON but for ids in hex and enums as numbers."""
    written = MessageToDict(request, use_integers_for_enums=True)
    spans = (span for resource in written["resourceSpans"] for scoped in resource["scopeSpans"] for span in scoped["spans"])
    for span in spans:
        for holder in (span, *span.get("links", [])):
            for name in {"traceId", "spanId", "parentSpanId"} & holder.keys():
                holder[name] = base64.b64decode(holder[name]).hex()
    return json.dumps(written)


def said(pairs: Iterable[KeyValue]) -> dict[str, tuple[str, Any]]:
    """Attributes as `read` reads them."""
    return expected({pair.key: value_of(pair.value) for pair in pairs})


def value_of(value: AnyValue) -> Any:
    """The Python value that `any_value` made it of."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: value_of(pair.value) for pair in value.kvlist_value.values}
    return None if kind is None else getattr(value, kind)


def as_stored(resource: ResourceSpans, scoped: ScopeSpans, *, span: Span) -> dict[str, Any]:
    """What a row of the span must hold, the published names of its fields at the left."""
    return {
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex() if any(span.parent_span_id) else "",
        "trace_state": span.trace_state,
        "flags": span.flags,
        "name": span.name,
        "span_kind": _KINDS[span.kind],
        "start_ns": span.start_time_unix_nano,
        "duration_ns": span.end_time_unix_nano - span.start_time_unix_nano,
        "status_code": _CODES[span.status.code],
        "status_message": span.status.message,
        "attributes": said(span.attributes),
        "resource_attributes": said(resource.resource.attributes),
        "scope_attributes": said(scoped.scope.attributes),
        "scope_name": scoped.scope.name,
        "scope_version": scoped.scope.version,
        "scope_schema_url": scoped.schema_url,
        "resource_schema_url": resource.schema_url,
        "resource_dropped_attributes_count": resource.resource.dropped_attributes_count,
        "scope_dropped_attributes_count": scoped.scope.dropped_attributes_count,
        "dropped_attributes_count": span.dropped_attributes_count,
        "dropped_events_count": span.dropped_events_count,
        "dropped_links_count": span.dropped_links_count,
        "events": [(one.time_unix_nano, one.name, said(one.attributes), one.dropped_attributes_count) for one in span.events],
        "links": [
            (
                one.trace_id.hex(),
                one.span_id.hex(),
                one.trace_state,
                one.flags,
                said(one.attributes),
                one.dropped_attributes_count,
            )
            for one in span.links
        ],
    }


def as_told(row: dict[str, Any]) -> dict[str, Any]:
    """A row as `as_stored` writes it."""
    events = zip(
        row["event_times_ns"],
        row["event_names"],
        map(read, row["event_attributes"], row["event_attribute_kinds"]),
        row["event_dropped_attributes_counts"],
        strict=True,
    )
    links = zip(
        row["link_trace_ids"],
        row["link_span_ids"],
        row["link_trace_states"],
        row["link_flags"],
        map(read, row["link_attributes"], row["link_attribute_kinds"]),
        row["link_dropped_attributes_counts"],
        strict=True,
    )
    own = read(row["attributes"], row["attribute_kinds"]) | read(row["content"], row["content_kinds"])
    maps = {f"{of}_attributes": read(row[f"{of}_attributes"], row[f"{of}_attribute_kinds"]) for of in ("resource", "scope")}
    return {**row, "attributes": own, **maps, "events": list(events), "links": list(links)}
