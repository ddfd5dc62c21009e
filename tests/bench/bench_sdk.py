"""The SDK: time added to a call, beside a bare OpenTelemetry span with the same attributes, and time to import.

Short blocks of calls (plain, bare span, ours) alternate in one process, so that what else the machine does meets all three
alike. The OpenAI client gets its answers in the process, for a socket's time is twenty times what is measured, and never the
same; within its blocks the three ways take turns call by call, in random order: a tenth of a call is what is measured, and the
machine differs by more from one block to the next. A figure is the median over the blocks of what a block took more than the
plain one beside it, in CPU time of the calling thread; a ratio stands with the interval that 95 of 100 resamples of the blocks
fall into. Bare spans leave through OpenTelemetry's own batch processor and exporter, ours through the SDK, to the same receiver
in another process.

``ONLY="streamed chat,streamed Responses"`` measures these calls of the client and nothing else.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx2
import openai
import pydantic
from openai.resources.chat.completions import Completions
from openai.resources.responses.responses import Responses
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Tracer
from opentelemetry.util.types import AttributeValue

import spanhouse
from tests.bench.report import Report
from tests.sdk import openai_server

_BLOCKS = int(os.environ.get("BLOCKS", "200"))
_CALLS = int(os.environ.get("CALLS", "150"))
_CLIENT_CALLS = int(os.environ.get("CLIENT_CALLS", "20"))
_STARTS = int(os.environ.get("STARTS", "21"))
_LOST_CALLS = int(os.environ.get("LOST_CALLS", "1000000"))
_ONLY = tuple(filter(None, os.environ.get("ONLY", "").split(",")))
_QUEUE_SPANS = 200_000  # nothing is dropped, so that both ways do all of their work

_RESAMPLES = 2_000
_MOST_IMPORT_MS = 200.0
_MOST_RATIO = 1.3
_MOST_GROWN_MB = 2  # what the allocator may take and give back between two looks
_MOST_HOLD_MS = 5.0
_HOLDS_TIMED = 11

Way = Callable[[], object]
Block = TypeVar("Block")


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("sdk")
    if not _ONLY:
        _alone(report)
    with servers() as (collector_url, _):
        os.environ["OTEL_BSP_MAX_QUEUE_SIZE"] = str(_QUEUE_SPANS)
        provider = TracerProvider(resource=Resource.create({"service.name": "bench"}), shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{collector_url}/v1/traces")))
        spanhouse.init(collector_url, service_name="bench")
        last = _Last()
        for each in (provider, trace.get_tracer_provider()):
            assert isinstance(each, TracerProvider)
            each.add_span_processor(last)
        if not _ONLY:
            _observe(report, provider.get_tracer("bench"))
        for what in _ONLY or _CLIENT_WAYS:
            _client(report, provider.get_tracer("bench"), what, last=last)
        for what, hold in () if _ONLY else _HOLDS.items():
            report.add(f"{what}: CPU ms that the application waits", _median_ms(hold), most=_MOST_HOLD_MS)
        spanhouse.shutdown()
        provider.shutdown()
    report.write()


def _alone(report: Report) -> None:
    """What is measured in processes of their own."""
    import_ms, below_ms = _import_ms("spanhouse"), _import_ms("opentelemetry.sdk.trace")
    report.add("import spanhouse, CPU ms beyond a bare interpreter", import_ms, most=_MOST_IMPORT_MS)
    report.add("import spanhouse / import opentelemetry.sdk.trace", import_ms / below_ms)
    report.add(f"collector away: MB grown from call {_LOST_CALLS // 10:,} to {_LOST_CALLS:,}", _grown_mb(), most=_MOST_GROWN_MB)


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
    _compare(report, "empty function", (plain, bare, observed), _by_blocks)
    _compare(
        report, "text in, text out", (lambda: plain_text("why?"), bare_text, lambda: observed_text("why?")), _by_blocks, most=None
    )


class _Last(SpanProcessor):
    """Keeps the attributes of the span that ended last. Stands in both tracer providers, so that it costs both the same."""

    def __init__(self) -> None:
        self.attributes: Mapping[str, AttributeValue] = {}

    def on_end(self, span: ReadableSpan) -> None:
        self.attributes = span.attributes or {}


class _InProcess(httpx2.BaseTransport):
    """The fake OpenAI's answers without a socket."""

    def __init__(self) -> None:
        self._bodies = {
            (path, streamed, offered): b"".join(
                openai_server.answer(path, {"messages": _MESSAGES, "stream": streamed, "tools": _TOOLS if offered else []})
            )
            for path in ("/v1/chat/completions", "/v1/responses")
            for streamed in (False, True)
            for offered in (False, True)
        }

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        streamed = b'"stream":true' in request.content
        kind = "text/event-stream" if streamed else "application/json"
        body = self._bodies[request.url.path, streamed, b'"tools"' in request.content]
        return httpx2.Response(200, headers={"content-type": kind}, stream=httpx2.ByteStream(body))


def _client(report: Report, tracer: Tracer, what: str, *, last: _Last) -> None:
    """One kind of call of the client; the bare span carries what the instrumentation writes."""
    owner, name, call = _CLIENT_WAYS[what]
    http_client = httpx2.Client(transport=_InProcess())
    with openai.OpenAI(base_url="http://127.0.0.1:8000/v1", api_key="none", http_client=http_client) as client:
        call(client)
        attributes = dict(last.attributes)
        instrumented = vars(owner)[name]
        original = instrumented.__wrapped__  # one wrapper off: below it is the client's own, which checks its arguments

        def plain() -> None:
            call(client)

        def bare() -> None:
            with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT) as span:
                call(client)
                span.set_attributes(attributes)

        def under(create: Any, way: Way) -> Way:
            def run() -> object:
                setattr(owner, name, create)  # as the instrumentations do
                return way()

            return run

        ways = (under(original, plain), under(original, bare), under(instrumented, plain))
        _compare(report, f"OpenAI client, {what}", ways, _one_by_one)
        setattr(owner, name, instrumented)


_MESSAGES: Any = [{"role": "user", "content": "How long does it take?"}]
_TOOLS: Any = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}]


def _plain_chat(client: openai.OpenAI) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=_MESSAGES)


def _streamed_chat(client: openai.OpenAI) -> None:
    for _ in client.chat.completions.create(
        model="gpt-4o-mini", messages=_MESSAGES, stream=True, stream_options={"include_usage": True}
    ):
        pass


def _chat_with_tools(client: openai.OpenAI) -> None:
    client.chat.completions.create(model="gpt-4o-mini", messages=_MESSAGES, tools=_TOOLS)


def _response(client: openai.OpenAI) -> None:
    client.responses.create(model="gpt-4o-mini", input="How long does it take?")


def _streamed_response(client: openai.OpenAI) -> None:
    for _ in client.responses.create(model="gpt-4o-mini", input="How long does it take?", stream=True):
        pass


# What is called, and where instrumentations put themselves in between.
_CLIENT_WAYS: dict[str, tuple[Any, str, Callable[[openai.OpenAI], None]]] = {
    "plain chat": (Completions, "create", _plain_chat),
    "streamed chat": (Completions, "create", _streamed_chat),
    "chat with tools": (Completions, "create", _chat_with_tools),
    "Responses": (Responses, "create", _response),
    "streamed Responses": (Responses, "create", _streamed_response),
}


def _compare(
    report: Report,
    what: str,
    ways: Sequence[Way],
    block: Callable[[Sequence[Way]], list[float]],
    *,
    most: float | None = _MOST_RATIO,
) -> None:
    """Means per call in microseconds, block by block in turn, and how much each way adds to the plain call."""
    gc.collect()
    gc.freeze()  # what was imported is not looked through again and again while the clock runs
    blocks: list[tuple[float, float, float]] = []
    for _ in range(_BLOCKS + 1):  # the first round warms up
        plain_us, bare_us, ours_us = block(ways)
        blocks.append((plain_us, bare_us - plain_us, ours_us - plain_us))
    del blocks[0]
    plain_us, bare_us, ours_us = (statistics.median(column) for column in zip(*blocks, strict=True))
    report.add(f"{what}: plain, CPU µs a call", plain_us)
    report.add(f"{what}: added by a bare span, CPU µs a call", bare_us)
    report.add(f"{what}: added by spanhouse, CPU µs a call", ours_us)
    report.add(f"{what}: spanhouse / bare span", _ratio(blocks), most=most)
    low, high = interval(blocks, _ratio)
    report.add(f"{what}: spanhouse / bare span, from", low)
    report.add(f"{what}: spanhouse / bare span, to", high)


def _by_blocks(ways: Sequence[Way]) -> list[float]:
    """Mean µs a call of each way, one after the other: a microsecond alone cannot be timed."""
    means_us = []
    for way in ways:
        way()  # what another way left in the caches is not this one's
        began_s = time.thread_time()
        for _ in range(_CALLS):
            way()
        means_us.append((time.thread_time() - began_s) / _CALLS * 1e6)
    return means_us


def _one_by_one(ways: Sequence[Way]) -> list[float]:
    """Mean µs a call of each way, which take turns in random order."""
    sums_s = [0.0] * len(ways)
    places, drawn = list(range(len(ways))), random.Random()
    for _ in range(_CLIENT_CALLS):
        drawn.shuffle(places)
        for place in places:
            began_s = time.thread_time()
            ways[place]()
            sums_s[place] += time.thread_time() - began_s
    return [sum_s / _CLIENT_CALLS * 1e6 for sum_s in sums_s]


def _ratio(blocks: Sequence[tuple[float, float, float]]) -> float:
    return statistics.median(ours for _, _, ours in blocks) / statistics.median(bare for _, bare, _ in blocks)


def interval(blocks: Sequence[Block], figure: Callable[[Sequence[Block]], float]) -> tuple[float, float]:
    """Where the figure lies in 95 of 100 resamples of the blocks."""
    drawn = random.Random(7)
    found = sorted(figure(drawn.choices(blocks, k=len(blocks))) for _ in range(_RESAMPLES))
    return found[_RESAMPLES // 40], found[-_RESAMPLES // 40 - 1]


_LONG = "é" * 10_000_000
_PAGES = {f"page {number}": _LONG for number in range(10)}
_ERROR = LookupError(_LONG)
_MANY: Any = [{"role": "user", "content": "why?"}] * 50_000

_PARTS: Any = [{"role": "user", "content": [{"type": "text", "text": "why?"}] * 50_000}]
_CALL = {"id": "c", "type": "function", "function": {"name": "look_up", "arguments": '{"order": 7}'}}
_CALLED: Any = [{"role": "assistant", "tool_calls": [_CALL] * 50_000}]
_FIELDS = {f"field_{number}": {"type": "string", "description": "As it stands in the confirmation. " * 2} for number in range(8)}
_MANY_TOOLS: Any = [
    {"type": "function", "function": {"name": f"tool_{number}", "parameters": {"type": "object", "properties": _FIELDS}}}
    for number in range(500)
]
_LONG_ONES: Any = [{"role": "user", "content": "é" * 10_000}] * 500


def _long_metadata() -> None:
    with spanhouse.context(metadata={"pages": _PAGES}):
        pass


def _long_error() -> None:
    with spanhouse.span("work") as span:
        span.set_error(_ERROR)


def _long_input() -> None:
    with spanhouse.span("work", "llm") as span:
        span.set_input(_MANY)


class _Vectors(pydantic.BaseModel):
    vectors: list[float]


_VECTORS = _Vectors(vectors=[0.5] * 768_000)


def _long_model() -> None:
    with spanhouse.span("work") as span:
        span.set_output(_VECTORS)


def _led(create: Any, **arguments: Any) -> None:
    """What the SDK does before a call of the client and after it, without the call."""
    create._self_wrapper(lambda **_: None, _NO_CALLS, (), {"model": "gpt-4o-mini", "stream": True, **arguments})


_NO_CALLS = openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="none").chat.completions

# What an application hands over that is far too much; its event loop stands still meanwhile.
_HOLDS: dict[str, Way] = {
    "metadata of ten texts of 10 million characters": _long_metadata,
    "an error of 10 million characters": _long_error,
    "50,000 messages into a span": _long_input,
    "a pydantic object of 768,000 numbers into a span": _long_model,
    "50,000 messages into the client": lambda: _led(Completions.create, messages=_MANY),
    "50,000 items into the client": lambda: _led(Responses.create, input=_MANY),
    "50,000 parts into the client": lambda: _led(Completions.create, messages=_PARTS),
    "50,000 calls of tools into the client": lambda: _led(Completions.create, messages=_CALLED),
    "500 texts of 10,000 characters into the client": lambda: _led(Completions.create, messages=_LONG_ONES),
    "500 tools into the client": lambda: _led(Completions.create, messages=_MESSAGES, tools=_MANY_TOOLS),
}


def _median_ms(way: Way) -> float:
    taken_ms = []
    for _ in range(_HOLDS_TIMED):
        began_s = time.thread_time()
        way()
        taken_ms.append((time.thread_time() - began_s) * 1_000)
    return statistics.median(taken_ms)


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


def _import_ms(module: str) -> float:
    return statistics.median(_start_cpu_ms(f"import {module}") - _start_cpu_ms("pass") for _ in range(_STARTS))


def _start_cpu_ms(statement: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) * 1_000


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """URLs of the collector that forgets and of the fake OpenAI, while the block runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.sdk_servers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip(), process.stdout.readline().strip()
        process.stdin.close()


if __name__ == "__main__":
    main()
