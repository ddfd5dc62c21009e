"""The SDK: time added to a call, beside a bare OpenTelemetry span with the same attributes, and time to import.

Blocks of calls (plain, bare span, ours) alternate in one process; a figure is the median over the blocks of the mean over a
block, in CPU time of the calling thread, which other processes on a busy machine do not change. Bare spans leave through
OpenTelemetry's own batch processor and exporter, ours through the SDK, to the same receiver in another process. The fake
OpenAI answers from there too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import openai
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Tracer

import spanhouse
from spanhouse.testing import capture
from tests.bench.report import Report

_BLOCKS = int(os.environ.get("BLOCKS", "25"))
_CALLS = int(os.environ.get("CALLS", "1000"))
_CLIENT_CALLS = int(os.environ.get("CLIENT_CALLS", "40"))
_LOST_CALLS = int(os.environ.get("LOST_CALLS", "1000000"))
_QUEUE_SPANS = 200_000  # nothing is dropped, so that both ways do all of their work

Way = Callable[[], object]


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("sdk")
    report.add("import spanhouse, CPU ms beyond a bare interpreter", _import_ms())
    report.add(f"collector away: memory grown from call {_LOST_CALLS // 10:,} to {_LOST_CALLS:,}, MB", _grown_mb())
    with _servers() as (collector_url, openai_url):
        os.environ["OTEL_BSP_MAX_QUEUE_SIZE"] = str(_QUEUE_SPANS)
        provider = TracerProvider(resource=Resource.create({"service.name": "bench"}), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{collector_url}/v1/traces")))
        spanhouse.init(collector_url, service_name="bench")
        _observe(report, provider.get_tracer("bench"))
        _client(report, provider.get_tracer("bench"), openai_url)
        spanhouse.shutdown()
        provider.shutdown()
    report.write()


def _observe(report: Report, tracer: Tracer) -> None:
    def plain() -> None:
        return None

    def plain_text(question: str) -> str:
        return question

    def bare() -> None:
        with tracer.start_as_current_span("plain"):
            plain()

    def bare_text() -> None:
        with tracer.start_as_current_span("plain_text") as span:
            span.set_attribute("spanhouse.input", '{"question": "why?"}')
            span.set_attribute("spanhouse.output", plain_text("why?"))

    observed, observed_text = spanhouse.observe(plain), spanhouse.observe(plain_text)
    _compare(report, "empty function", (plain, bare, observed), _CALLS)
    _compare(report, "text in, text out", (lambda: plain_text("why?"), bare_text, lambda: observed_text("why?")), _CALLS)


def _client(report: Report, tracer: Tracer, openai_url: str) -> None:
    """The client's call with a streamless answer; the bare span carries what the instrumentation writes."""
    with openai.OpenAI(base_url=openai_url, api_key="none") as client:

        def plain() -> None:
            client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "How long does it take?"}])

        attributes = _attributes_of(plain)
        instrumentor = OpenAIInstrumentor()

        def bare() -> None:
            with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT) as span:
                plain()
                span.set_attributes(attributes)

        def switched(way: Way, *, on: bool) -> Way:
            def run() -> object:
                if instrumentor.is_instrumented_by_opentelemetry is not on:
                    (instrumentor.instrument if on else instrumentor.uninstrument)()
                return way()

            return run

        ways = (switched(plain, on=False), switched(bare, on=False), switched(plain, on=True))
        _compare(report, "OpenAI client", ways, _CLIENT_CALLS)


def _attributes_of(call: Way) -> dict[str, str]:
    """What the instrumentation writes on the span of this call, as texts."""
    instrumentor = OpenAIInstrumentor()
    instrumentor.uninstrument()
    with capture() as captured:
        instrumentor.instrument(tracer_provider=captured.tracer_provider)
        call()
        instrumentor.uninstrument()
    return {key: str(value) for key, value in (captured.spans[0].attributes or {}).items()}


def _compare(report: Report, what: str, ways: tuple[Way, Way, Way], calls: int) -> None:
    """Means per call in microseconds, block by block in turn, and how much each way adds to the plain call."""
    blocks: list[list[float]] = [[], [], []]
    for _ in range(_BLOCKS + 1):  # the first round warms up
        for times_us, way in zip(blocks, ways, strict=True):
            way()
            began_s = time.thread_time()
            for _ in range(calls):
                way()
            times_us.append((time.thread_time() - began_s) / calls * 1e6)
    bare_us, ours_us = (
        statistics.median(way - plain for way, plain in zip(times_us[1:], blocks[0][1:], strict=True)) for times_us in blocks[1:]
    )
    report.add(f"{what}: plain, CPU µs a call", statistics.median(blocks[0][1:]))
    report.add(f"{what}: added by a bare span, CPU µs a call", bare_us)
    report.add(f"{what}: added by spanhouse, CPU µs a call", ours_us)
    report.add(f"{what}: spanhouse / bare span", ours_us / bare_us)


_LOSING = """
import logging, resource, spanhouse
logging.disable()
spanhouse.init("http://127.0.0.1:9", instrument=False)

@spanhouse.observe
def call(text):
    return text

for number in range({calls}):
    call("why?" * 100)
    if number == {calls} // 10:
        early_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early_kb) / 1024)
"""


def _grown_mb() -> float:
    """How much the peak grows after the queue is full, when nobody takes the spans (port 9 is nobody's)."""
    script = _LOSING.format(calls=_LOST_CALLS)
    return float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)


def _import_ms() -> float:
    return statistics.median(_start_cpu_ms("import spanhouse") - _start_cpu_ms("pass") for _ in range(9))


def _start_cpu_ms(statement: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) * 1_000


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sdk_servers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip(), process.stdout.readline().strip()
        process.stdin.close()


if __name__ == "__main__":
    main()
