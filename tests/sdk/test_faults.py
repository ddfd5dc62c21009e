"""Whatever goes wrong in or around the SDK, the application gets its own values, its own errors and its loop back."""

import asyncio
import contextvars
import json
import logging
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import MagicMock

import opentelemetry.trace
import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Sampler

import spanhouse
from spanhouse import content, faults, runtime
from spanhouse.runtime import Runtime
from spanhouse.testing import Captured, capture
from tests.sdk import applications
from tests.sdk.odd_values import ODD, Endless, InjectedError, Lazy, NamelessCall, Trap, UnprintableError, Unreadable, fail
from tests.sdk.otlp_receiver import Receiver


@pytest.fixture(autouse=True)
def faults_may_be_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
@pytest.mark.parametrize("kind", ["llm", "tool", "retrieval", "agent", "embedding", None])
def test_value_of_any_kind_passes_through_as_the_same_object(
    spanhouse_capture: Captured, make: Callable[[], object], kind: spanhouse.Kind | None
) -> None:
    value = make()

    @spanhouse.observe(kind=kind, name="odd")
    def through(given: object, *, more: object) -> object:
        return given

    assert through(value, more=value) is value
    (span,) = spanhouse_capture.spans
    texts = [text for key, text in (span.attributes or {}).items() if key.endswith(("put", "messages", "arguments", "result"))]
    for text in texts:
        assert json.loads(str(text)) is not None


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_item_of_any_kind_passes_through_a_stream_as_the_same_object(
    spanhouse_capture: Captured, make: Callable[[], object]
) -> None:
    value = make()

    @spanhouse.observe(kind="llm")
    def stream() -> Iterator[object]:
        yield value
        yield value

    @spanhouse.observe(kind="llm")
    async def asynchronous_stream() -> AsyncIterator[object]:
        for item in stream():
            yield item

    got: list[object] = []

    async def consume() -> None:  # asyncio writes down what a task gives back
        got.extend([item async for item in asynchronous_stream()])

    asyncio.run(consume())
    left: Any = stream()
    assert [item is value for item in (*got, *stream(), next(left))] == [True] * 5
    left.close()
    assert len(spanhouse_capture.spans) == 4


@pytest.mark.parametrize(
    "huge",
    ["x" * 20_000_000, ["x" * 1_000] * 100_000, {str(n): "x" * 100 for n in range(100_000)}, b"x" * 20_000_000],
    ids=["text", "list", "mapping", "bytes"],
)
def test_huge_value_is_cut_to_the_limit(huge: object) -> None:
    assert len(content.text_of(huge, limit_chars=10_000)) <= 10_000 + 2 * len(content.CUT_MARK)


@pytest.mark.parametrize("make", [Endless, Lazy])
def test_value_without_an_end_is_looked_at_only_so_far(spanhouse_capture: Captured, make: Callable[[], Endless | Lazy]) -> None:
    """The bound on the work that the application, and its event loop, waits for."""
    endless = make()
    kinds: tuple[spanhouse.Kind, ...] = ("llm", "tool")
    for kind in kinds:
        with spanhouse.span("endless", kind=kind) as span:
            span.set_input(endless)
    assert endless.looked_at <= 4 * content.MOST_VALUES


@pytest.mark.parametrize(
    "make",
    [UnprintableError, lambda: InjectedError(Trap()), lambda: InjectedError("x" * 10_000_000)],
    ids=["unprintable", "holds a trap", "long"],
)
def test_error_of_any_kind_is_raised_as_it_is_and_marks_its_span(
    spanhouse_capture: Captured, make: Callable[[], Exception]
) -> None:
    error = make()

    @spanhouse.observe
    def failing() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        failing()
    assert raised.value is error
    assert spanhouse_capture.span("failing").status.is_ok is False


def test_endless_recursion_is_recorded_with_its_innermost_frames(spanhouse_capture: Captured) -> None:
    @spanhouse.observe
    def outer() -> int:
        return deeper(0)

    def deeper(depth: int) -> int:
        return deeper(depth + 1)

    with pytest.raises(RecursionError):
        outer()
    (event,) = spanhouse_capture.span("outer").events
    assert str((event.attributes or {})["exception.stacktrace"]).count("\n") < 80


WRONG: list[Callable[[], object]] = [
    lambda: spanhouse.span(Trap(), kind=[], attributes=7).__enter__().__exit__(None, None, None),  # type: ignore[arg-type]
    lambda: spanhouse.span("a", model=Trap(), attributes={Trap: Trap()}).__enter__().end(),  # type: ignore[arg-type,dict-item]
    lambda: spanhouse.context(session_id=Trap(), tags=Trap(), metadata=Trap()).__enter__(),  # type: ignore[arg-type]
    lambda: spanhouse.context(prompt=("only a name",)).__enter__(),  # type: ignore[arg-type]
    lambda: spanhouse.score("quality", "a text", trace_id="no digits"),  # type: ignore[arg-type]
    lambda: spanhouse.feedback(Trap(), Trap()),  # type: ignore[arg-type]
    lambda: spanhouse.current_span().set_usage(input_tokens=Trap()),  # type: ignore[arg-type]
    lambda: spanhouse.current_span().set_error(Trap()),  # type: ignore[arg-type]
    lambda: spanhouse.observe(kind=[])(len)("abc"),  # type: ignore[call-overload]
    lambda: spanhouse.observe(print)(end=""),
    lambda: spanhouse.observe(NamelessCall())(1),
    lambda: spanhouse.observe(Trap()),  # type: ignore[call-overload]
    lambda: spanhouse.carry(NamelessCall())(1),
    lambda: (
        otel_context.attach(trace.set_span_in_context(Unreadable(trace.INVALID_SPAN_CONTEXT))),
        spanhouse.current_span().set_input("x"),
    ),
    lambda: spanhouse.init("nowhere", sample_rate="half", instrument=7, mask=7),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("call", WRONG, ids=range(len(WRONG)))
def test_wrong_call_raises_nothing(spanhouse_capture: Captured, call: Callable[[], object]) -> None:
    contextvars.copy_context().run(call)  # what it opens is not closed again


class Failing(SpanProcessor, Sampler, IdGenerator):
    """Everything that an application can hang into its tracer provider, broken."""

    on_start = on_end = should_sample = generate_span_id = generate_trace_id = fail

    def get_description(self) -> str:
        return "failing"


@pytest.mark.parametrize("broken", ["sampler", "processor", "ids", "clock", "tracer", "logger"])
def test_broken_part_of_the_application_costs_the_span_and_nothing_else(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = Failing()
    provider = TracerProvider(
        sampler=failing if broken == "sampler" else None,
        id_generator=failing if broken == "ids" else None,
        shutdown_on_exit=False,
    )
    if broken == "processor":
        provider.add_span_processor(failing)
    with capture():
        active = runtime.current()
        assert active is not None
        runtime.install(
            Runtime(
                tracer=MagicMock(start_span=fail) if broken == "tracer" else provider.get_tracer("theirs"),
                logger=MagicMock(emit=fail) if broken == "logger" else active.logger,
                clock=fail if broken == "clock" else active.clock,
                capture_content=True,
                content_limit_chars=1_000,
            )
        )
        assert run_everything("a value") == ["a value"] * 4


def run_everything(value: str) -> list[str]:
    """The value, through each form of an observed function."""

    @spanhouse.observe(kind="tool")
    def plain(given: str) -> str:
        spanhouse.score("seen", 1.0)
        return given

    @spanhouse.observe(kind="llm")
    def stream(given: str) -> Iterator[str]:
        yield given

    @spanhouse.observe
    async def coroutine(given: str) -> str:
        return spanhouse.carry(plain)(given)

    @spanhouse.observe
    async def asynchronous_stream(given: str) -> AsyncIterator[str]:
        yield given

    async def last() -> str:
        items: list[str] = [item async for item in asynchronous_stream(value)]
        return "".join(items)

    return [plain(value), *stream(value), asyncio.run(coroutine(value)), asyncio.run(last())]


def test_filter_of_the_applications_logging_that_fails_reaches_nobody(
    spanhouse_capture: Captured, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(faults, "_next_log_s", {})
    monkeypatch.setattr(logging.getLogger("spanhouse"), "filters", [fail])
    spanhouse.score("quality", 1.0, trace_id="no digits")


@pytest.mark.net
@pytest.mark.parametrize("mask", [fail, lambda key, text: 7, lambda key, text: sys.exit(1)], ids=["raises", "number", "exits"])
def test_mask_that_fails_in_any_way_sends_no_text_and_loses_no_span(receiver: Receiver, mask: Any) -> None:
    spanhouse.init(receiver.url, instrument=False, mask=mask)
    for number in range(3):
        with spanhouse.span("pay", kind="tool") as span:
            span.set_input(f"secret {number}")
    assert spanhouse.flush()
    assert len(receiver.spans) == 3
    assert {str(text) for span in receiver.spans for text in span.attributes.values()} == {"[not sent: the mask failed]"}


@pytest.mark.net
@pytest.mark.parametrize("ends", [KeyboardInterrupt, SystemExit])
def test_signal_that_meets_the_mask_in_the_main_thread_ends_the_application(
    receiver: Receiver, ends: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While Python ends no thread starts any more, so the main thread masks and sends."""

    def handle(*_: object) -> NoReturn:
        raise ends

    def mask(_key: str, text: str) -> str:
        signal.raise_signal(signal.SIGINT)
        return text

    spanhouse.init(receiver.url, instrument=False, mask=mask)
    before = signal.signal(signal.SIGINT, handle)
    try:
        with monkeypatch.context() as ending:
            ending.setattr(threading.Thread, "start", fail)
            with spanhouse.span("pay", kind="tool") as span:
                span.set_input("secret")
            with pytest.raises(ends):
                spanhouse.shutdown()
    finally:
        signal.signal(signal.SIGINT, before)
    assert receiver.spans == []


@pytest.mark.net
@pytest.mark.usefixtures("no_tracer_provider")
def test_processor_that_fails_beside_ours_does_not_keep_spans_from_us(receiver: Receiver) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    opentelemetry.trace.set_tracer_provider(provider)
    spanhouse.init(receiver.url, instrument=False)
    provider.add_span_processor(Failing())
    assert run_everything("a value") == ["a value"] * 4


@pytest.mark.net
async def test_event_loop_never_waits_for_network_disk_or_locks(receiver: Receiver, tmp_path: Path) -> None:
    """Under a guard that raises where code of ours blocks on the loop (tests/conftest.py)."""
    await asyncio.to_thread(spanhouse.init, receiver.url, instrument=False, spool_dir=tmp_path, mask=lambda key, text: text)

    @spanhouse.observe(kind="workflow")
    async def turn(question: str) -> str:
        with spanhouse.span("help-centre", kind="retrieval") as step:
            step.set_output([{"id": "a1"}])
        spanhouse.score("grounded", 0.9)
        await asyncio.sleep(0)
        return question

    with spanhouse.context(session_id="s-1"):
        await asyncio.gather(*(turn(str(number)) for number in range(300)))
    assert await asyncio.to_thread(spanhouse.flush)
    assert len(receiver.spans) == 600


@pytest.mark.net
def test_faults_at_exit_change_neither_status_nor_output(receiver: Receiver) -> None:
    out, err = applications.run(f"""
import logging
logging.disable()
from spanhouse import startup
spanhouse.init({receiver.url!r}, instrument=False)
def fail(*_):
    raise ValueError
startup._running.ways_out.spans.close = fail
class Trap:
    __del__ = fail = lambda self: spanhouse.score("late", 1.0)
trap = Trap()
print("done")
""")
    assert (out, err) == ("done\n", "")


def test_spans_are_not_held_back_by_what_is_read_of_them(spanhouse_capture: Captured) -> None:
    """A generator or a file that is passed in is not consumed by looking at it."""

    @spanhouse.observe(kind="tool")
    def count(lines: Iterator[int]) -> int:
        return sum(lines)

    assert count(iter([1, 2, 3])) == 6
    ended: list[ReadableSpan] = spanhouse_capture.spans
    assert len(ended) == 1
