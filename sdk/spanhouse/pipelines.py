"""Builds the way out: spans and scores into outboxes, out of them masked and over OTLP/HTTP to the collector.

Imported by ``startup`` when ``init`` is called, and by ``doctor``. The exporters are OpenTelemetry's, with their
variables for certificates, compression and timeouts; only the decision to try again is the outbox's, which they have no
memory for. What was lost on the way is told to the collector as log records named ``spanhouse.sdk.dropped``.
"""

import copy
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression, _log_exporter, trace_exporter
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import TraceFlags
from opentelemetry.util import re
from opentelemetry.util.types import AnyValue

from spanhouse import conventions, faults
from spanhouse.delivery import Outbox, Outcome
from spanhouse.losses import Loss
from spanhouse.outgoing import Bounds, Origins, outgoing_scores, outgoing_spans, plain, values_of
from spanhouse.settings import Settings
from spanhouse.shelf import Parcel
from spanhouse.transport import Diversion, Session, untraced

if TYPE_CHECKING:
    from spanhouse.spool import Spool

_log = logging.getLogger("spanhouse")

_SPAN_BASE_BYTES: Final = 400  # ids, times, names and the Python objects around them
_VALUE_BASE_BYTES: Final = 60
_LAST_SCORES_S: Final = 0.5  # also when the spans took all the time: what they lost is told by the same way as scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipelines:
    """The ways out of this process. With a spool the outboxes lead to the disk, and from there it goes on."""

    spans: Outbox[ReadableSpan]
    scores: Outbox[ReadableLogRecord]
    spool: "Spool | None"
    logger_provider: LoggerProvider

    def put_span(self, span: ReadableSpan) -> None:
        """Takes an ended span, if its trace is sampled."""
        context = span.context
        if context is not None and context.trace_flags & TraceFlags.SAMPLED:
            self.spans.put(span, _SPAN_BASE_BYTES + _size_bytes(values_of(span)))

    def flush(self, timeout_s: float) -> bool:
        """Sends what waits; False when that took too long or lost something. Blocks up to ``timeout_s``."""
        deadline_s = time.monotonic() + timeout_s
        sent = self.spans.flush(timeout_s)
        sent = self.scores.flush(_left_s(deadline_s)) and sent
        return (self.spool is None or self.spool.flush(_left_s(deadline_s))) and sent

    def close(self, timeout_s: float) -> None:
        """Sends what waits, for about ``timeout_s``, and ends the connections."""
        deadline_s = time.monotonic() + timeout_s
        self.spans.close(timeout_s)
        if self.spool is not None:
            self.spool.tell_losses()
        self.scores.close(max(_LAST_SCORES_S, _left_s(deadline_s)))
        if self.spool is not None:
            self.spool.close(max(_LAST_SCORES_S, _left_s(deadline_s)))

    @property
    def sent(self) -> dict[str, int]:
        """Items that the receiver took, by signal."""
        if self.spool is not None:
            taken = self.spool.sent
            return {outbox.name: taken[outbox.name] for outbox in (self.spans, self.scores)}
        return {outbox.name: outbox.sent for outbox in (self.spans, self.scores)}

    @property
    def dropped(self) -> dict[str, int]:
        """Items that were lost, by signal and reason (``spans queue_full``)."""
        found = {f"{outbox.name} {reason}": lost for outbox in (self.spans, self.scores) for reason, lost in outbox.lost.items()}
        spooled = {} if self.spool is None else self.spool.lost
        return found | {f"{signal} {reason}": lost for (signal, reason), lost in spooled.items()}

    @property
    def problem(self) -> str:
        """What stood in the way of the last attempt, or ""."""
        ways = (self.spans, self.scores, *(() if self.spool is None else (self.spool,)))
        return next((way.problem for way in ways if way.problem), "")


def build(chosen: Settings, *, rewrite: bool) -> Pipelines:
    """Makes the ways out. ``rewrite`` gives the spans of a provider that is not ours our resource."""
    for module in (trace_exporter, _log_exporter, re):
        _quieten(logging.getLogger(module.__name__))
    logger_provider = LoggerProvider(resource=Resource.create(dict(chosen.resource)), shutdown_on_exit=False)
    tell = _teller(logger_provider)
    scores = Outbox("scores", lambda: _ScoreExporter(chosen, spool), limits=chosen.score_limits, tell=tell, counts=_is_score)
    logger_provider.add_log_record_processor(_ScoreProcessor(scores))
    spool = _spool(chosen, tell)  # tells of what it finds damaged at once, from a thread: somebody must listen by then
    spans = Outbox("spans", lambda: _SpanExporter(chosen, spool, rewrite=rewrite), limits=chosen.span_limits, tell=tell)
    return Pipelines(spans=spans, scores=scores, spool=spool, logger_provider=logger_provider)


def span_session(chosen: Settings) -> Session:
    """A connection of its own that is prepared to send what spans are sent with."""
    session = Session()
    session.prepare(lambda: _spans_over_http(chosen, session).export([]))
    return session


def _teller(logger_provider: LoggerProvider) -> Callable[[Loss], None]:
    """Tells of losses: in the log, and to the collector."""
    logger = logger_provider.get_logger("spanhouse")

    def tell(loss: Loss) -> None:
        why = f" problem={loss.problem}" if loss.problem else ""
        _log.warning("spanhouse.dropped signal=%s reason=%s count=%d%s", loss.signal, loss.reason, loss.items, why)
        logger.emit(
            severity_number=SeverityNumber.WARN,
            event_name=conventions.DROPPED_EVENT,
            attributes={
                conventions.DROPPED_SIGNAL: loss.signal,
                conventions.DROPPED_REASON: loss.reason,
                conventions.DROPPED_COUNT: loss.items,
            },
        )

    return tell


def _spool(chosen: Settings, tell: Callable[[Loss], None]) -> "Spool | None":
    """The spool that was asked for; None, and a fault to see in the report, where it cannot be."""
    root = chosen.options.spool_dir
    if root is None:
        return None
    try:
        from spanhouse.spool import Spool, SpoolLimits

        limits = SpoolLimits(size_bytes=chosen.options.spool_limit_bytes, age_s=chosen.options.spool_limit_s)
        return Spool(Path(root), lambda: _Courier(chosen), limits=limits, tell=tell)
    except (OSError, ImportError) as error:  # ImportError: not a POSIX system
        faults.record("spool", error)
        return None


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
        self._outbox.put(readable, _SPAN_BASE_BYTES + _size_bytes(plain(record.attributes)))

    def shutdown(self) -> None:
        """The outbox is closed by its owner."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._outbox.flush(timeout_millis / 1_000)


def _is_score(record: ReadableLogRecord) -> bool:
    """Whether it is the application's; the other records tell of losses, and take the same way."""
    return record.log_record.event_name != conventions.DROPPED_EVENT


class _SpanExporter:
    """Sends batches of spans, or spools them; ``rewrite`` as in ``build``."""

    def __init__(self, chosen: Settings, spool: "Spool | None", *, rewrite: bool) -> None:
        self._session = _session("spans", spool)
        self._otlp = _spans_over_http(chosen, self._session)
        self._bounds = Bounds(
            chosen.masking, limit_chars=chosen.options.content_limit_chars, keeps_content=chosen.options.capture_content
        )
        self._origins = Origins(chosen.masking, on_top=Resource(dict(chosen.resource)) if rewrite else None)

    def export(self, batch: Sequence[ReadableSpan], /) -> Outcome:
        with untraced():
            leaving = outgoing_spans(batch, self._bounds, origins=self._origins)
            return self._session.outcome_of(lambda: self._otlp.export(leaving), len(batch))

    def close(self) -> None:
        self._otlp.shutdown()  # type: ignore[no-untyped-call]  # OpenTelemetry gives it no types


class _ScoreExporter:
    """Sends batches of score records, or spools them."""

    def __init__(self, chosen: Settings, spool: "Spool | None") -> None:
        self._session = _session("scores", spool)
        self._otlp = _scores_over_http(chosen, self._session)
        self._masking = chosen.masking
        self._origins = Origins(chosen.masking)

    def export(self, batch: Sequence[ReadableLogRecord], /) -> Outcome:
        with untraced():
            leaving = outgoing_scores(batch, self._masking, origins=self._origins)
            return self._session.outcome_of(lambda: self._otlp.export(leaving), sum(map(_is_score, batch)))

    def close(self) -> None:
        self._otlp.shutdown()  # type: ignore[no-untyped-call]  # OpenTelemetry gives it no types


class _Courier:
    """Sends what was spooled, by this process or an earlier one."""

    def __init__(self, chosen: Settings) -> None:
        self._spans, self._scores = span_session(chosen), Session()
        self._scores.prepare(lambda: _scores_over_http(chosen, self._scores).export([]))

    def export(self, batch: Sequence[Parcel], /) -> Outcome:
        (parcel,) = batch
        session = self._spans if parcel.signal == "spans" else self._scores
        return session.forward(parcel.body, encoding=parcel.encoding, items=parcel.items)

    def close(self) -> None:
        self._spans.close()
        self._scores.close()


def _session(signal: str, spool: "Spool | None") -> Session | Diversion:
    return Session() if spool is None else Diversion(signal, spool.put)


def _spans_over_http(chosen: Settings, session: Session | Diversion) -> trace_exporter.OTLPSpanExporter:
    return trace_exporter.OTLPSpanExporter(
        chosen.traces_url,
        headers=dict(chosen.headers),
        timeout=chosen.span_timeout_s,
        compression=None if chosen.spans_may_be_compressed else Compression.NoCompression,
        session=session,
    )


def _scores_over_http(chosen: Settings, session: Session | Diversion) -> _log_exporter.OTLPLogExporter:
    return _log_exporter.OTLPLogExporter(
        chosen.logs_url,
        headers=dict(chosen.score_headers),
        timeout=chosen.score_timeout_s,
        compression=None if chosen.scores_may_be_compressed else Compression.NoCompression,
        session=session,
    )


def _left_s(deadline_s: float) -> float:
    return max(0.0, deadline_s - time.monotonic())


def _size_bytes(attributes: Mapping[str, AnyValue]) -> int:
    """Roughly what the attributes take up; texts count by characters, which is near enough for a bound."""
    size_bytes = len(attributes) * _VALUE_BASE_BYTES
    for value in attributes.values():
        if type(value) is str or type(value) is tuple:
            size_bytes += len(value)
    return size_bytes


def _quieten(logger: logging.Logger) -> None:
    """Keeps the exporters from logging every failed attempt of ours, and from showing headers that are wrong, keys and all.

    A use of theirs by the application still logs.
    """
    if _not_ours not in logger.filters:
        logger.addFilter(_not_ours)


def _not_ours(record: logging.LogRecord) -> bool:
    return not (record.threadName or "").startswith("spanhouse-")
