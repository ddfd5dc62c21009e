"""Scores and feedback: evaluations of a span, a trace, a response or a session, sent as ``gen_ai.evaluation.result``.

They go the way of log records, so that any OTLP backend can take them; the scored span is the record's own span.
"""

import math
from typing import Any, Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.util.types import AttributeValue

from spanhouse import content, conventions, faults, runtime
from spanhouse.call_context import attributes_in

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
    session, or by ``response_id``, the model's own id of the answer, where the span is not known. Where no span is open
    it belongs to the session of the ``context``. What cannot be a score is not sent; the log says why.
    """
    active = runtime.current()
    if active is None:
        return
    elsewhere = session_id is not None or response_id is not None
    scored = _scored(_number(trace_id, "trace_id"), _number(span_id, "span_id"), elsewhere)
    if not elsewhere and not trace.get_current_span(scored).get_span_context().trace_id:
        session_id = _session_here()
    attributes: dict[str, AttributeValue] = {conventions.EVALUATION_NAME: name, **_verdict(name, value, label)}
    if explanation is not None and active.capture_content:
        limited = content.text_of(explanation, limit_chars=active.content_limit_chars)
        attributes[conventions.EVALUATION_EXPLANATION] = limited
    if session_id is not None:
        attributes[conventions.SESSION_ID] = session_id
    if response_id is not None:
        attributes[conventions.RESPONSE_ID] = response_id
    now_ns = active.clock()
    active.logger.emit(
        timestamp=now_ns,
        observed_timestamp=now_ns,
        context=scored,
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
    if good not in (True, False):  # a text such as "down" would count as up
        raise ValueError(f"good is {good!r}; give True or False")
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


def _verdict(name: str, value: float | bool | None, label: str | None) -> dict[str, AttributeValue]:
    if value is None and label is None:
        raise ValueError(f"the score {name!r} has neither value nor label; give one of them")
    verdict: dict[str, AttributeValue] = {}
    if value is not None:
        given: Any = value  # people write texts, too
        if isinstance(given, str) or not math.isfinite(given):
            raise ValueError(f"the value of the score {name!r} is {value!r}; give a finite number, or a label")
        verdict[conventions.EVALUATION_VALUE] = float(value)
    if label is not None:
        verdict[conventions.EVALUATION_LABEL] = label
    return verdict


def _session_here() -> str | None:
    session_id = attributes_in(None).get(conventions.SESSION_ID)
    return None if session_id is None else str(session_id)


def _scored(trace_id: int, span_id: int, elsewhere: bool) -> otel_context.Context:
    if span_id and not trace_id:
        raise ValueError(f"span_id is {span_id:016x} and its trace is not said; give trace_id, too")
    if not trace_id and not elsewhere:
        return otel_context.get_current()
    named = trace.SpanContext(trace_id, span_id, is_remote=True, trace_flags=trace.TraceFlags(1))
    return trace.set_span_in_context(trace.NonRecordingSpan(named), otel_context.Context())


def _number(id: str | int | None, what: str) -> int:
    """The id as a number, 0 where none is given. Raises ValueError for a text that is no id; one too long is lost on its way."""
    if not isinstance(id, str):
        return id or 0
    try:
        return int(id, 16)
    except ValueError:
        raise ValueError(f"{what} is {id!r}; give hexadecimal digits, as Span.{what} has them") from None
