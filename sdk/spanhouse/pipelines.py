"""Builds the way out: spans and scores into outboxes, out of them masked and over OTLP/HTTP to the collector.

Imported by ``startup`` when ``init`` is called, and by nothing else. The exporters are OpenTelemetry's, with their
variables for certificates, compression and timeouts; only the decision to try again is the outbox's, which they have no
memory for. What was lost on the way is told to the collector as log records named ``spanhouse.sdk.dropped``.
"""

import copy
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import requests
from opentelemetry import context as otel_context
from opentelemetry._logs import SeverityNumber
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.exporter.otlp.proto.http import _log_exporter, trace_exporter
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.util.types import AnyValue

from spanhouse import conventions
from spanhouse.delivery import Loss, Outbox, Outcome
from spanhouse.processing import outgoing_scores, outgoing_spans
from spanhouse.settings import Settings

_log = logging.getLogger("spanhouse")

_TRY_AGAIN: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)  # OTLP 1.11, "Failures": these and no others
_PARTIAL_SUCCESS_TAG: Final = 0x0A
_REJECTED_TAG: Final = 0x08
_SPAN_BASE_BYTES: Final = 400  # ids, times, names and the Python objects around them
_VALUE_BASE_BYTES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipelines:
    """The two ways out of this process."""

    spans: Outbox[ReadableSpan]
    scores: Outbox[ReadableLogRecord]
    logger_provider: LoggerProvider

    def put_span(self, span: ReadableSpan) -> None:
        """Takes an ended span, if its trace is sampled."""
        if span.context is not None and span.context.trace_flags.sampled:
            self.spans.put(span, _SPAN_BASE_BYTES + _size_bytes(span.attributes))


def build(chosen: Settings, *, rewrite: bool) -> Pipelines:
    """Makes both ways out. ``rewrite`` gives the spans of a provider that is not ours our resource."""
    for module in (trace_exporter, _log_exporter):
        _quieten(logging.getLogger(module.__name__))
    logger_provider = LoggerProvider(resource=Resource.create(dict(chosen.resource)), shutdown_on_exit=False)
    logger = logger_provider.get_logger("spanhouse")

    def tell(loss: Loss) -> None:
        _log.warning("spanhouse.dropped signal=%s reason=%s count=%d", loss.outbox, loss.reason, loss.items)
        logger.emit(
            severity_number=SeverityNumber.WARN,
            event_name=conventions.DROPPED_EVENT,
            attributes={
                conventions.DROPPED_SIGNAL: loss.outbox,
                conventions.DROPPED_REASON: loss.reason,
                conventions.DROPPED_COUNT: loss.items,
            },
        )

    spans = Outbox("spans", lambda: _SpanExporter(chosen, rewrite=rewrite), limits=chosen.limits, tell=tell)
    scores = Outbox("scores", lambda: _ScoreExporter(chosen), limits=chosen.limits, tell=tell)
    logger_provider.add_log_record_processor(_ScoreProcessor(scores))
    return Pipelines(spans=spans, scores=scores, logger_provider=logger_provider)


class _ScoreProcessor(LogRecordProcessor):
    def __init__(self, outbox: Outbox[ReadableLogRecord]) -> None:
        self._outbox = outbox

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        record = copy.copy(log_record.log_record)
        record.context = otel_context.Context()  # the caller's context may hold large objects alive
        readable = ReadableLogRecord(
            log_record=record,
            resource=log_record.resource or Resource.get_empty(),
            instrumentation_scope=log_record.instrumentation_scope,
            limits=log_record.limits,
        )
        self._outbox.put(readable, _SPAN_BASE_BYTES + _size_bytes(record.attributes))

    def shutdown(self) -> None:
        """The outbox is closed by its owner."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._outbox.flush(timeout_millis / 1_000)


class _SpanExporter:
    """Sends batches of spans; ``rewrite`` as in ``build``."""

    def __init__(self, chosen: Settings, *, rewrite: bool) -> None:
        self._session = _Session()
        self._otlp = trace_exporter.OTLPSpanExporter(chosen.traces_url, headers=dict(chosen.headers), session=self._session)
        self._mask = chosen.options.mask
        self._resource = Resource(dict(chosen.resource))
        self._is_as_it_leaves = not rewrite and self._mask is None

    def export(self, batch: Sequence[ReadableSpan], /) -> Outcome:
        leaving = batch if self._is_as_it_leaves else outgoing_spans(batch, self._resource, mask=self._mask)
        return self._session.outcome_of(lambda: self._otlp.export(leaving))

    def close(self) -> None:
        self._otlp.shutdown()  # type: ignore[no-untyped-call]  # OpenTelemetry gives it no types


class _ScoreExporter:
    """Sends batches of score records."""

    def __init__(self, chosen: Settings) -> None:
        self._session = _Session()
        self._otlp = _log_exporter.OTLPLogExporter(chosen.logs_url, headers=dict(chosen.headers), session=self._session)
        self._mask = chosen.options.mask

    def export(self, batch: Sequence[ReadableLogRecord], /) -> Outcome:
        leaving = outgoing_scores(batch, self._mask)
        return self._session.outcome_of(lambda: self._otlp.export(leaving))

    def close(self) -> None:
        self._otlp.shutdown()  # type: ignore[no-untyped-call]  # OpenTelemetry gives it no types


class _TryAgainLaterError(Exception):
    """Ends an exporter's own attempts; the outbox tries again."""


class _Session(requests.Session):
    """The exporter's connection. It notes what the receiver answered, which the exporter keeps to itself."""

    def __init__(self) -> None:
        super().__init__()
        self._outcome = Outcome(delivered=False)

    def outcome_of(self, export: Callable[[], object]) -> Outcome:
        """Runs one export and says what became of it. An exporter that never came to sending was refused."""
        self._outcome = Outcome(delivered=False)
        token = otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        try:
            export()
        finally:
            otel_context.detach(token)
        return self._outcome

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            response = super().request(*args, **kwargs)
        except (requests.ConnectionError, requests.Timeout) as error:
            problem = f"cannot reach {kwargs.get('url')} ({type(error).__name__})"
            self._outcome = Outcome(delivered=False, retry=True, problem=problem)
            raise _TryAgainLaterError from error
        problem = f"{response.url} answered {response.status_code} {response.reason}"
        if response.status_code in _TRY_AGAIN:
            wished_s = _retry_after_s(response.headers.get("retry-after"), response.headers.get("date"))
            self._outcome = Outcome(delivered=False, retry=True, retry_after_s=wished_s, problem=problem)
            raise _TryAgainLaterError(response.reason)
        taken = HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES  # a redirect is not followed
        rejected = _rejected(response.content) if taken else 0
        self._outcome = Outcome(delivered=taken, rejected=rejected, problem="" if taken else problem)
        return response


def _rejected(body: bytes) -> int:
    """How many items an OTLP answer says were not taken; 0 for an answer that is not OTLP.

    ``Export…ServiceResponse`` of every signal begins with field 1, ``partial_success``, and this with field 1, the count
    (OTLP 1.11): a length-delimited tag, a length, a varint tag, the number.
    """
    try:
        if body[0] != _PARTIAL_SUCCESS_TAG:
            return 0
        _, at = _varint(body, 1)
        return _varint(body, at + 1)[0] if body[at] == _REJECTED_TAG else 0
    except IndexError:  # empty, which is the usual answer, or cut off
        return 0


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """The number that begins there, seven bits a byte, lowest first; and where it ends. Raises IndexError."""
    number, shift = 0, 0
    while True:
        number |= (body[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if body[at - 1] < 0x80:
            return number, at


def _retry_after_s(value: str | None, now: str | None) -> float | None:
    """Seconds to wait, from a number of seconds or a date; the date is read by the receiver's clock, not ours."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, (moment - parsedate_to_datetime(now or "")).total_seconds())
    except (TypeError, ValueError):
        return None


def _size_bytes(attributes: object) -> int:
    """Roughly what the attributes take up; texts count by characters, which is near enough for a bound."""
    copy_of = getattr(attributes, "copy", None)  # a plain dictionary, whose values come ten times as fast
    if copy_of is None:
        return 0
    values: list[AnyValue] = list(copy_of().values())
    return len(values) * _VALUE_BASE_BYTES + sum(len(value) for value in values if isinstance(value, str | tuple))


def _quieten(logger: logging.Logger) -> None:
    """Keeps the exporters from logging every failed attempt of ours; a use of theirs by the application still logs."""
    if _not_ours not in logger.filters:
        logger.addFilter(_not_ours)


def _not_ours(record: logging.LogRecord) -> bool:
    return not (record.threadName or "").startswith("spanhouse-")
