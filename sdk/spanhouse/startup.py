"""``init``, ``flush``, ``shutdown`` and ``report``: switches tracing on and off in this process.

The one place that joins tracer providers. ``pipelines``, and with it the exporters, is imported when ``init`` is
called: an application that never calls it need not load an HTTP client and protobuf.
"""

import atexit
import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.util import Finalize, register_after_fork
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from spanhouse import faults, instrumentation, runtime, settings, variables
from spanhouse.instrumentation import Instrumentation
from spanhouse.processing import Gate, KeepAll
from spanhouse.runtime import Runtime
from spanhouse.settings import (
    DEFAULT_CONTENT_LIMIT_CHARS,
    DEFAULT_SPOOL_LIMIT_BYTES,
    DEFAULT_SPOOL_LIMIT_S,
    Instrument,
    InvalidSettingError,
    Masks,
    Options,
    Settings,
)
from spanhouse.version import VERSION

if TYPE_CHECKING:
    from spanhouse.pipelines import Pipelines

SCOPE: Final = "spanhouse"
_log = logging.getLogger("spanhouse")
_EXIT_S: Final = 3.0
_OPENAI: Final = "opentelemetry-instrumentation-genai-openai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What ``init`` did and what was delivered since. ``str(report)`` is a text for people.

    ``problem`` is why it is off, or what stood in the way of the last attempt to send. ``ignored`` are variables that are not
    heard, and why.
    ``sent`` counts by signal (spans, scores), ``dropped`` by signal and reason (``spans queue_full``); ``spooled`` lie on
    disk.
    """

    active: bool
    traces_url: str = ""
    joined_existing_provider: bool = False
    instrumentations: tuple[Instrumentation, ...] = ()
    problem: str = ""
    ignored: tuple[str, ...] = ()
    sent: dict[str, int] = field(default_factory=dict)
    spooled: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.active:
            return f"spanhouse is off: {self.problem or 'init was not called'}"
        provider = "joined the application's tracer provider" if self.joined_existing_provider else "own tracer provider"
        lines = [f"spanhouse sends to {self.traces_url} ({provider})"]
        for found in self.instrumentations:
            state = "on " if found.enabled else "off"
            lines.append(f"  {state} {found.target:<20} {found.distribution or '-'}: {found.reason}")
        lines += [f"  ignored: {what}" for what in self.ignored]
        if self.problem:
            lines.append(f"  last attempt: {self.problem}")
        lines += [f"  {count} {signal} sent" for signal, count in self.sent.items()]
        lines += [f"  {self.spooled} on disk, not sent yet"] if self.spooled else []
        lines += [f"  {count} dropped: {what}" for what, count in self.dropped.items()]
        lines += [f"  {count} faults in {where}" for where, count in sorted(self.faults.items())]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    gate: Gate
    ways_out: "Pipelines"
    announced: dict[str, str | None]
    options: Options
    report: Report


_lock = threading.Lock()
_gates: "WeakKeyDictionary[TracerProvider, Gate]" = WeakKeyDictionary()
_running: _Running | None = None
_problem = ""


def init(
    endpoint: str | None = None,
    api_key: str | None = None,
    *,
    service_name: str | None = None,
    environment: str | None = None,
    release: str | None = None,
    instrument: Instrument = "auto",
    capture_content: bool = True,
    mask: Masks | None = None,
    sample_rate: float = 1.0,
    content_limit_chars: int = DEFAULT_CONTENT_LIMIT_CHARS,
    spool_dir: str | Path | None = None,
    spool_limit_bytes: int = DEFAULT_SPOOL_LIMIT_BYTES,
    spool_limit_s: float = DEFAULT_SPOOL_LIMIT_S,
    clock: runtime.Clock = time.time_ns,
) -> None:
    """Switches tracing on. Call it once, early; further calls change nothing until ``shutdown``. Never raises.

    Args:
        endpoint: Base URL of an OTLP/HTTP receiver. Else ``OTEL_EXPORTER_OTLP_ENDPOINT``, else ``SPANHOUSE_ENDPOINT``,
            else http://127.0.0.1:4318; but with ``OTEL_TRACES_EXPORTER=none`` all stays off.
        api_key: Sent as ``Authorization: Bearer``. Else ``SPANHOUSE_API_KEY``.
        service_name: ``service.name``. Else ``OTEL_SERVICE_NAME``.
        environment: ``deployment.environment.name``, such as production.
        release: ``service.version``.
        instrument: "auto" loads one instrumentation for every LLM library that has one installed, but for those that
            ``OTEL_PYTHON_DISABLED_INSTRUMENTATIONS`` lists; a list of names (libraries or distributions) only those; False none.
        capture_content: False keeps prompts, answers, arguments and results out of the spans, whoever writes them.
            ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=NO_CONTENT`` keeps them out too.
        mask: Rules, as a mapping or the path of a JSON file (``spanhouse.masking.rules``); or a function that is called
            with attribute key and text, and gives what is sent in place of the text. If it raises, the text is not sent.
        sample_rate: Share of traces kept, 0.0 to 1.0, decided by trace id where a trace begins; what continues another
            service's trace follows that one's decision, unless the tracer provider is the application's: then the trace id
            alone decides. ``OTEL_TRACES_SAMPLER`` beats it.
        content_limit_chars: Longer texts are cut.
        spool_dir: A folder. What is to be sent lies there first, masked already, and survives a crash of this process and
            a collector that is away; the next process that names the folder sends it. Needs a POSIX system.
        spool_limit_bytes: Bound of what one process keeps there (256 MiB); the oldest goes.
        spool_limit_s: Bound of its age in seconds (a day).
        clock: Nanoseconds since the epoch, for the spans and scores made by this package.
    """
    options = Options(
        endpoint=endpoint,
        api_key=api_key,
        service_name=service_name,
        environment=environment,
        release=release,
        instrument=instrument,
        capture_content=capture_content,
        mask=mask,
        sample_rate=sample_rate,
        content_limit_chars=content_limit_chars,
        spool_dir=spool_dir,
        spool_limit_bytes=spool_limit_bytes,
        spool_limit_s=spool_limit_s,
        clock=clock,
    )
    global _running, _problem  # noqa: PLW0603 - one process, one pipeline: this module holds it
    with _lock:
        if _running is not None:
            if options != _running.options:
                _log.warning("spanhouse.init_again was called with other arguments and changed nothing; shut down first")
            return
        try:
            _problem = settings.switched_off_by(options)
            _running = None if _problem else _started(settings.resolve(options))
        except InvalidSettingError as error:
            _problem = str(error)
            _log.warning("spanhouse.off problem=%s", error)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: an application must start without its tracing
            _problem = str(error)
            faults.record("init", error)


def flush(timeout_s: float = 10.0) -> bool:
    """Sends what waits, and says whether all of it could be handed over in time. Blocks up to ``timeout_s``."""
    running = _running
    if running is None:
        return True
    try:
        return running.ways_out.flush(timeout_s)
    except Exception as error:  # noqa: BLE001 - the SDK's boundary
        faults.record("flush", error)
        return False


def shutdown(timeout_s: float = _EXIT_S) -> None:
    """Sends what waits, for at most ``timeout_s``, and switches off what ``init`` switched on; it may be called again.

    Runs by itself when Python exits. Then only are the processors shut down that the application added to our tracer provider:
    they could not be switched on again by another ``init``.
    """
    global _running
    with _lock:
        running, _running = _running, None
        if running is None:
            return
        steps: tuple[Callable[[], None], ...] = (
            lambda: instrumentation.disable(running.report.instrumentations),
            lambda: variables.withdraw(running.announced),
            lambda: runtime.install(None),
            running.gate.close,
            lambda: running.ways_out.close(timeout_s),
        )
        for step in steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: the other steps are taken all the same
                faults.record("shutdown", error)


@faults.contained(Report(active=False, problem="the report failed"))
def report() -> Report:
    """What is switched on, where it sends, and which instrumentations were loaded or not, and why."""
    running = _running
    if running is None:
        return Report(active=False, problem=_problem, faults=faults.counts())
    known, ways_out = running.report, running.ways_out
    return Report(
        active=True,
        traces_url=known.traces_url,
        joined_existing_provider=known.joined_existing_provider,
        instrumentations=known.instrumentations,
        problem=ways_out.problem,
        ignored=known.ignored,
        sent=ways_out.sent,
        spooled=0 if ways_out.spool is None else ways_out.spool.waiting,
        dropped=ways_out.dropped,
        faults=faults.counts(),
    )


def _started(chosen: Settings) -> _Running:
    for what in chosen.ignored:
        _log.warning("spanhouse.ignored %s", what)
    with variables.wrong_ones_hidden():
        return _start(chosen)


def _start(chosen: Settings) -> _Running:
    from spanhouse import pipelines

    options = chosen.options
    existing = trace.get_tracer_provider()
    provider = existing if isinstance(existing, TracerProvider) else _own_provider(chosen)
    is_new = provider is not existing
    joined = provider not in _gates
    ways_out = pipelines.build(chosen, rewrite=not is_new)
    if joined:
        provider.add_span_processor(_gates.setdefault(provider, Gate()))
    gate = _gates[provider]
    sample_rate = 1.0 if is_new else options.sample_rate
    gate.open(ways_out.put_span, flush=ways_out.flush, sample_rate=sample_rate)
    runtime.install(
        Runtime(
            tracer=provider.get_tracer(SCOPE, VERSION),
            logger=ways_out.logger_provider.get_logger(SCOPE, VERSION),
            clock=options.clock,
            capture_content=chosen.capture_content,
            content_limit_chars=options.content_limit_chars,
        )
    )
    announced = settings.announce_content(chosen)
    others_look_on = not is_new or chosen.sampler_is_set
    found = () if options.instrument is False else _enable(options, provider, early=others_look_on)
    return _Running(
        gate=gate,
        ways_out=ways_out,
        announced=announced,
        options=options,
        report=Report(
            active=True,
            traces_url=chosen.traces_url,
            joined_existing_provider=joined,
            instrumentations=found,
            ignored=chosen.ignored,
        ),
    )


def _enable(options: Options, provider: TracerProvider, *, early: bool) -> tuple[Instrumentation, ...]:
    found: tuple[Instrumentation, ...] = ()
    try:
        barred = settings.disabled_instrumentations()
        found = tuple(instrumentation.enable(options.instrument or (), provider, barred=barred))
        if settings.genai_spans_only() and any(one.switched_on and one.distribution == _OPENAI for one in found):
            from spanhouse import openai_calls

            limit_chars = options.content_limit_chars if settings.genai_content() else 0
            openai_calls.shorten(provider, limit_chars=limit_chars, early=early)
        # Last, for it only tells: what it trips over, a module without a specification, say, costs nothing of the above.
        if options.instrument == "auto":
            found += tuple(instrumentation.missing(found, barred=barred))
    except Exception as error:  # noqa: BLE001 - the SDK's boundary: our own spans do not depend on instrumentations
        faults.record("instrument", error)
    return found


def _own_provider(chosen: Settings) -> TracerProvider:
    """The process's tracer provider from now on, with a gate in it."""
    rate = chosen.options.sample_rate
    gate = Gate()
    provider = TracerProvider(
        resource=Resource.create(dict(chosen.resource)),
        sampler=None if chosen.sampler_is_set else KeepAll() if rate >= 1.0 else ParentBasedTraceIdRatio(rate),
        active_span_processor=gate,
        shutdown_on_exit=False,
    )
    _gates[provider] = gate
    trace.set_tracer_provider(provider)
    return provider


def _finish() -> None:
    """Shuts down at the end of the process, and with ours the processors that the application added to ``init``'s provider.

    All at the same time, so that none takes time from the others. What is not over after ``_EXIT_S`` is left behind.
    """
    deadline_s = time.monotonic() + _EXIT_S
    endings = [ending for gate in tuple(_gates.values()) for ending in gate.endings]
    for ending in endings:
        ending.ask()
    shutdown(_EXIT_S)
    for ending in endings:
        if not ending.wait(max(0.0, deadline_s - time.monotonic())):
            _log.warning("spanhouse.left_behind processor=%s did not shut down within %g s", ending.of, _EXIT_S)


def _finish_workers() -> None:
    """Lets children of ``multiprocessing``, and Celery's, shut down too: they end without running ``atexit``.

    A child forgets its parent's finalisers and then runs this hook, so each registers its own.
    """
    register_after_fork(_finish_workers, lambda _: _finish_this_worker())


def _finish_this_worker() -> None:
    Finalize(None, _finish, exitpriority=0)
    celery = sys.modules.get("celery.signals")  # its pool's processes run no finalisers, but say that they end
    if celery is not None:
        celery.worker_process_shutdown.connect(_finish_celery_worker, weak=False)


def _finish_celery_worker(**_signal: object) -> None:
    _finish()


atexit.register(_finish)
_finish_workers()
