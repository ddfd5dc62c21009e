"""Scores and feedback: evaluations of a span, a trace, a response or a session, sent as ``gen_ai.evaluation.result``.

They go the way of log records, so that any OTLP backend can take them; the scored span is the record's own span.
"""

from typing import Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.util.types import AttributeValue

from spanhouse import content, conventions, faults, runtime

FEEDBACK_NAME: Final = "user_feedback"


@faults.contained(None)
def score(
    name: str,
    value: float | bool | None = None,
    *,
    label: str | None = None,
    explanation: str | None = None,
    trace_id: str | int | None = None,
    span_id: str | int | None = None,
    session_id: str | None = None,
    response_id: str | None = None,
) -> None:
    """Records an evaluation under ``name``, with a number, a label, or both.

    It belongs to the span open here, unless it is told otherwise: by ``trace_id`` and ``span_id`` (hexadecimal digits
    as ``Span.trace_id`` gives them, or integers), by ``trace_id`` alone for the whole trace, by ``session_id`` for a
    session, or by ``response_id``, the model's own id of the answer, where the span is not known.
    """
    active = runtime.current()
    if active is None:
        return
    attributes: dict[str, AttributeValue] = {conventions.EVALUATION_NAME: name}
    if value is not None:
        attributes[conventions.EVALUATION_VALUE] = float(value)
    if label is not None:
        attributes[conventions.EVALUATION_LABEL] = label
    if explanation is not None and active.capture_content:
        limited = content.text_of(explanation, limit_chars=active.content_limit_chars)
        attributes[conventions.EVALUATION_EXPLANATION] = limited
    if session_id is not None:
        attributes[conventions.SESSION_ID] = session_id
    if response_id is not None:
        attributes[conventions.RESPONSE_ID] = response_id
    now_ns = active.clock()
    elsewhere = session_id is not None or response_id is not None
    active.logger.emit(
        timestamp=now_ns,
        observed_timestamp=now_ns,
        context=_scored(_as_int(trace_id), _as_int(span_id), elsewhere),
        severity_number=SeverityNumber.INFO,
        event_name=conventions.EVALUATION_EVENT,
        attributes=attributes,
    )


@faults.contained(None)
def feedback(
    good: bool,
    comment: str | None = None,
    *,
    trace_id: str | int | None = None,
    span_id: str | int | None = None,
    session_id: str | None = None,
    response_id: str | None = None,
) -> None:
    """A user's thumb: the score ``user_feedback``, 1.0 and ``up`` or 0.0 and ``down``, with what the user wrote."""
    score(
        FEEDBACK_NAME,
        1.0 if good else 0.0,
        label="up" if good else "down",
        explanation=comment,
        trace_id=trace_id,
        span_id=span_id,
        session_id=session_id,
        response_id=response_id,
    )


def _scored(trace_id: int, span_id: int, elsewhere: bool) -> otel_context.Context:
    if not trace_id and not elsewhere:
        return otel_context.get_current()
    named = trace.SpanContext(trace_id, span_id, is_remote=True, trace_flags=trace.TraceFlags(1))
    return trace.set_span_in_context(trace.NonRecordingSpan(named), otel_context.Context())


def _as_int(id: str | int | None) -> int:
    return int(id, 16) if isinstance(id, str) else id or 0
