"""For tests of applications that use ``spanhouse``: everything in memory, ids that count, a clock that steps.

``with spanhouse.testing.capture() as captured:`` replaces the pipeline inside the block; ``captured.spans`` and
``captured.scores`` hold what would have been sent, masked and cut. The pytest fixture ``spanhouse_capture`` does the same for
a test.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import (
    InMemoryLogRecordExporter,
    LogRecordExporter,
    LogRecordExportResult,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator

from spanhouse import runtime, variables
from spanhouse.outgoing import Bounds, Masking, Origins, outgoing_scores, outgoing_spans
from spanhouse.processing import Gate
from spanhouse.runtime import Runtime
from spanhouse.settings import DEFAULT_CONTENT_LIMIT_CHARS, Masks, masking_of

FIRST_INSTANT_NS = 1_767_225_600_000_000_000  # 2026-01-01T00:00:00Z


class CountingIds(IdGenerator):
    """Trace ids and span ids that count from one."""

    def __init__(self) -> None:
        self._traces = 0
        self._spans = 0

    def generate_trace_id(self) -> int:
        self._traces += 1
        return self._traces

    def generate_span_id(self) -> int:
        self._spans += 1
        return self._spans


@dataclass(slots=True, kw_only=True)
class SteppedClock:
    """A clock that moves by ``step_ns`` at every reading, and by ``advance`` in between."""

    now_ns: int = FIRST_INSTANT_NS
    step_ns: int = 1_000_000

    def __call__(self) -> int:
        reading_ns = self.now_ns
        self.now_ns += self.step_ns
        return reading_ns

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.now_ns += round(seconds * 1e9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What was made inside ``capture``. ``tracer_provider`` is for instrumentations that take one."""

    clock: SteppedClock
    tracer_provider: TracerProvider
    _spans: InMemorySpanExporter = field(repr=False)
    _scores: InMemoryLogRecordExporter = field(repr=False)

    @property
    def spans(self) -> list[ReadableSpan]:
        """Ended spans, in the order in which they ended."""
        return list(self._spans.get_finished_spans())

    @property
    def scores(self) -> list[ReadableLogRecord]:
        """Scores and feedback, in the order in which they were given."""
        return list(self._scores.get_finished_logs())

    def span(self, name: str) -> ReadableSpan:
        """The one ended span of this name. Raises LookupError when there is none, or more than one."""
        found = [span for span in self.spans if span.name == name]
        if len(found) != 1:
            names = [span.name for span in self.spans]
            raise LookupError(f"{len(found)} spans are named {name!r}; ended were {names!r}")
        return found[0]


class _LeavingSpans(SpanExporter):
    """Keeps spans as they would leave."""

    def __init__(self, kept: InMemorySpanExporter, bounds: Bounds, *, origins: Origins) -> None:
        self._kept = kept
        self._bounds = bounds
        self._origins = origins

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._kept.export(outgoing_spans(spans, self._bounds, origins=self._origins))


class _LeavingScores(LogRecordExporter):
    """Keeps scores as they would leave."""

    def __init__(self, kept: InMemoryLogRecordExporter, masking: Masking | None, *, origins: Origins) -> None:
        self._kept = kept
        self._masking = masking
        self._origins = origins

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        return self._kept.export(outgoing_scores(batch, self._masking, origins=self._origins))

    def shutdown(self) -> None:
        self._kept.shutdown()

    def force_flush(self, timeout_millis: int = 10_000) -> bool:
        return self._kept.force_flush(timeout_millis)


@contextmanager
def capture(
    *,
    clock: SteppedClock | None = None,
    capture_content: bool = True,
    content_limit_chars: int = DEFAULT_CONTENT_LIMIT_CHARS,
    mask: Masks | None = None,
) -> Iterator[Captured]:
    """Catches the spans and scores made inside the block as they would leave; nothing is sent.

    What was running before runs on after. The choices are those of ``spanhouse.init``. Raises InvalidSettingError for a mask
    that is none.
    """
    masking = masking_of(mask)
    origins = Origins(masking)
    bounds = Bounds(masking, limit_chars=content_limit_chars, keeps_content=capture_content)
    spans = InMemorySpanExporter()
    scores = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]  # OpenTelemetry gives it no types
    gate = Gate()
    gate.open(SimpleSpanProcessor(_LeavingSpans(spans, bounds, origins=origins)).on_end)
    with variables.wrong_ones_hidden():
        tracer_provider = TracerProvider(id_generator=CountingIds(), shutdown_on_exit=False)
        logger_provider = LoggerProvider(shutdown_on_exit=False)
    tracer_provider.add_span_processor(gate)
    logger_provider.add_log_record_processor(SimpleLogRecordProcessor(_LeavingScores(scores, masking, origins=origins)))
    captured = Captured(clock=clock or SteppedClock(), tracer_provider=tracer_provider, _spans=spans, _scores=scores)
    before = runtime.current()
    runtime.install(
        Runtime(
            tracer=tracer_provider.get_tracer("spanhouse"),
            logger=logger_provider.get_logger("spanhouse"),
            clock=captured.clock,
            capture_content=capture_content,
            content_limit_chars=content_limit_chars,
        )
    )
    try:
        yield captured
    finally:
        runtime.install(before)
        gate.close()
        tracer_provider.shutdown()
        logger_provider.shutdown()
