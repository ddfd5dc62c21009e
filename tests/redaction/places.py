"""Every place in OTLP where text can stand: for each, a request that carries a text there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.otlp.messages import NOON_NS, attributes, gauge, logs, metrics, record, span, traces

Place = Callable[[str], Any]


def _messages(text: str) -> str:
    parts = [{"type": "text", "content": text}, {"type": "tool_call", "name": "f", "arguments": {"q": f"({text})"}}]
    return json.dumps([{"role": "user", "parts": parts}])


def _result(text: str) -> str:
    return json.dumps({"type": "tool_call_response", "response": json.dumps({"rows": [{"who": text}]})})


def _exception(text: str) -> Span.Event:
    return Span.Event(
        name="exception", attributes=attributes({"exception.message": text, "exception.stacktrace": f"at {text}\n"})
    )


def _exemplar(text: str) -> metrics_pb2.Metric:
    exemplar = metrics_pb2.Exemplar(filtered_attributes=attributes({"a": text}), as_double=1.0)
    return gauge(exemplars=[exemplar])


def _link(text: str) -> Span.Link:
    return Span.Link(trace_id=b"t" * 16, span_id=b"s" * 8, trace_state=f"k={text}", attributes=attributes({"a": text}))


def _histogram(text: str) -> metrics_pb2.Metric:
    point = metrics_pb2.HistogramDataPoint(time_unix_nano=NOON_NS, attributes=attributes({"a": text}), count=1, bucket_counts=[1])
    return metrics_pb2.Metric(name="h", histogram=metrics_pb2.Histogram(data_points=[point]))


def _summary(text: str) -> metrics_pb2.Metric:
    point = metrics_pb2.SummaryDataPoint(time_unix_nano=NOON_NS, attributes=attributes({"a": text}))
    return metrics_pb2.Metric(name="s", summary=metrics_pb2.Summary(data_points=[point]))


PLACES: dict[str, tuple[str, Place]] = {
    "attribute": ("traces", lambda text: traces(span(given={"note": text}))),
    "attribute in a sentence": ("traces", lambda text: traces(span(given={"note": f"it is {text}, is it not"}))),
    "attribute key": ("traces", lambda text: traces(span(given={text: 1}))),
    "array": ("traces", lambda text: traces(span(given={"note": ["a", text]}))),
    "nested array": ("traces", lambda text: traces(span(given={"note": [[["a", text]]]}))),
    "nested object": ("traces", lambda text: traces(span(given={"note": {"a": {"b": [{"c": text}]}}}))),
    "key of a nested object": ("traces", lambda text: traces(span(given={"note": {"a": {text: 1}}}))),
    "bytes": ("traces", lambda text: traces(span(given={"note": f"\x00{text}\x00".encode()}))),
    "input messages": ("traces", lambda text: traces(span(given={"gen_ai.input.messages": _messages(text)}))),
    "output messages": ("traces", lambda text: traces(span(given={"gen_ai.output.messages": _messages(text)}))),
    "structured messages": (
        "traces",
        lambda text: traces(span(given={"gen_ai.input.messages": [{"role": "user", "parts": [{"content": text}]}]})),
    ),
    "tool result": ("traces", lambda text: traces(span(given={"gen_ai.tool.call.result": _result(text)}))),
    "older prompt": (
        "traces",
        lambda text: traces(span(given={"gen_ai.prompt.0.content": text, "gen_ai.prompt.0.role": "user"})),
    ),
    "user and session": ("traces", lambda text: traces(span(given={"user.id": text, "session.id": text}))),
    "span name": ("traces", lambda text: traces(span(f"call {text}"))),
    "trace state": ("traces", lambda text: traces(span(trace_state=f"vendor={text}"))),
    "status": ("traces", lambda text: traces(span(status=Status(code=Status.STATUS_CODE_ERROR, message=text)))),
    "error": ("traces", lambda text: traces(span(events=[_exception(text)]))),
    "event name": ("traces", lambda text: traces(span(events=[Span.Event(name=text)]))),
    "link": ("traces", lambda text: traces(span(links=[_link(text)]))),
    "resource": ("traces", lambda text: traces(span(), resource={"service.name": "shop", "owner": text})),
    "service name": ("traces", lambda text: traces(span(), resource={"service.name": text})),
    "scope": ("traces", lambda text: traces(span(), scope={"a": text})),
    "client score": (
        "logs",
        lambda text: logs(
            record(
                "",
                {"gen_ai.evaluation.name": "rating", "gen_ai.evaluation.explanation": text, "gen_ai.evaluation.score.value": 1.0},
                event_name="gen_ai.evaluation.result",
            )
        ),
    ),
    "log body": ("logs", lambda text: logs(record(text))),
    "structured log body": ("logs", lambda text: logs(record({"a": [{"b": text}]}))),
    "log attribute": ("logs", lambda text: logs(record("x", {"a": text}))),
    "log event name": ("logs", lambda text: logs(record("x", event_name=text))),
    "log severity": ("logs", lambda text: logs(record("x", severity_text=text))),
    "log resource": ("logs", lambda text: logs(record("x"), resource={"a": text}, scope={"b": text})),
    "metric attribute": ("metrics", lambda text: metrics(gauge(given={"a": text}))),
    "metric name": ("metrics", lambda text: metrics(_named(text))),
    "metric exemplar": ("metrics", lambda text: metrics(_exemplar(text))),
    "metric histogram": ("metrics", lambda text: metrics(_histogram(text))),
    "metric summary": ("metrics", lambda text: metrics(_summary(text))),
    "metric metadata": ("metrics", lambda text: metrics(_with_metadata(text))),
    "metric resource": ("metrics", lambda text: metrics(gauge(), resource={"a": text}, scope={"b": text})),
}


def _named(text: str) -> metrics_pb2.Metric:
    metric = gauge(text)
    metric.description = metric.unit = text
    return metric


def _with_metadata(text: str) -> metrics_pb2.Metric:
    metric = gauge()
    metric.metadata.append(attributes({"a": text})[0])
    return metric


def scope_and_schema(request: Any, text: str) -> Any:
    """The request with the text in its schema addresses and its scope's name and version too."""
    for _, resources in request.ListFields():
        for resource in resources:
            resource.schema_url = text
            for _, scopes in resource.ListFields():
                for scope in scopes if hasattr(scopes, "add") else ():
                    scope.schema_url = scope.scope.name = scope.scope.version = text
    return request
