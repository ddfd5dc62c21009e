"""Hand-written spans: ``span(...)`` opens one, ``current_span()`` finds the one that is open.

Knows the conventions and the installed runtime; knows nothing of exporting. Every method is safe to call at any time:
without ``spanhouse.init`` a span does nothing, and what fails inside is counted instead of raised.
"""

import traceback
from collections.abc import Mapping, Sequence
from contextvars import Token
from types import TracebackType
from typing import Final, Self

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode
from opentelemetry.util.types import AttributeValue

from spanhouse import content, conventions, faults, messages, runtime
from spanhouse.conventions import CONVENTIONS, PLAIN, Convention, Kind

_BY_OPERATION: Final = {convention.operation: convention for convention in CONVENTIONS.values()}
_FRAMES_KEPT: Final = 30  # each costs the application some ten microseconds
_ZERO_TRACE_ID: Final = "0" * 32
_ZERO_SPAN_ID: Final = "0" * 16


class Span:
    """One step of the application. Open it with ``with``; the setters write OpenTelemetry's GenAI attributes.

    Setters may be called in any order and again; the last value stays. None means "not known" and writes nothing.
    """

    __slots__ = ("_attributes", "_convention", "_is_found", "_name", "_outer", "_runtime", "_span", "_token")

    def __init__(
        self,
        name: str,
        convention: Convention,
        *,
        attributes: Mapping[str, AttributeValue],
        opened: trace.Span | None = None,
    ) -> None:
        self._name = name
        self._convention = convention
        self._attributes = attributes
        self._runtime = runtime.current()
        self._is_found = opened is not None
        self._span = trace.INVALID_SPAN if opened is None else opened
        self._token: Token[otel_context.Context] | None = None
        self._outer: tuple[tuple[trace.Span, Token[otel_context.Context]], ...] = ()  # of enclosing ``with``s

    # -- life ---------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Opens a span: each ``with`` one of its own, also inside itself, where the handle is that of the innermost.

        One that ``current_span`` found is current inside, and as open behind it as before: who opened it ends it.
        """
        if self._token is not None:
            self._outer = (*self._outer, (self._span, self._token))
            self._token = None
        if not self._is_found:
            self._span = trace.INVALID_SPAN  # where none can be started, the one before is not ended again
        self.attach(self._context() if self._is_found else self.start())
        return self

    def __exit__(self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None) -> None:
        self.detach()
        if not self._is_found:
            self.end(error)
        if self._outer:
            *outer, (self._span, self._token) = self._outer
            self._outer = tuple(outer)

    def _context(self) -> otel_context.Context | None:
        """The context in which the span that was found is current; None where none was open, and when switched off."""
        is_open = self._runtime is not None and self._span is not trace.INVALID_SPAN
        return trace.set_span_in_context(self._span) if is_open else None

    def start(self, parent: otel_context.Context | None = None) -> otel_context.Context | None:
        """Starts the span without making it current, and gives the context in which it is. None when switched off."""
        active = self._runtime
        if active is None:
            return None
        try:
            self._span = active.tracer.start_span(
                self._name,
                context=parent,
                kind=self._convention.span_kind,
                attributes=self._attributes,
                start_time=active.clock(),
            )
            return trace.set_span_in_context(self._span, parent)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: the step runs, traced or not
            faults.record("span.start", error)
            return None

    def attach(self, context: otel_context.Context | None) -> None:
        """Makes the context of this span the current one, until ``detach``."""
        if context is not None:
            self._token = otel_context.attach(context)

    def detach(self) -> None:
        """Restores the context that was current before ``attach``."""
        if self._token is not None:
            otel_context.detach(self._token)
            self._token = None

    def end(self, error: BaseException | None = None) -> None:
        """Ends the span; an error is recorded on it. ``GeneratorExit`` is an abandoned stream, not an error."""
        if self._runtime is None:
            return
        try:
            if isinstance(error, GeneratorExit):
                self._span.set_attribute(conventions.STREAM_ABANDONED, True)
            elif error is not None:
                self.set_error(error)
            self._span.end(self._runtime.clock())
        except Exception as fault:  # noqa: BLE001 - the SDK's boundary: the application's own outcome counts
            faults.record("span.end", fault)

    # -- identity -----------------------------------------------------------------------------------------------------

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits, or "" when nothing is traced. Pass it to ``spanhouse.score`` later on."""
        digits = trace.format_trace_id(self._span.get_span_context().trace_id)
        return "" if digits == _ZERO_TRACE_ID else digits

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits, or "" when nothing is traced."""
        digits = trace.format_span_id(self._span.get_span_context().span_id)
        return "" if digits == _ZERO_SPAN_ID else digits

    # -- content ------------------------------------------------------------------------------------------------------

    @faults.contained(None)
    def set_input(self, value: object, *, system: str | None = None) -> None:
        """What the step was given: a text, messages as OpenAI, Anthropic or the conventions write them, or anything else."""
        self._set_content(self._convention.input_key, conventions.INPUT_MESSAGES, value, "user")
        if system is not None:
            parts = [{"type": "text", "content": system}]
            self._set_content(conventions.SYSTEM_INSTRUCTIONS, None, parts, "system")

    @faults.contained(None)
    def set_output(self, value: object) -> None:
        """What the step gave back, in the forms ``set_input`` takes; a retrieval's documents, an embedding's vectors.

        Of vectors only the dimension is kept.
        """
        if self._convention is CONVENTIONS["embedding"]:
            self._set_dimensions(value)
        else:
            self._set_content(self._convention.output_key, conventions.OUTPUT_MESSAGES, value, "assistant")

    def _set_content(self, key: str, messages_key: str | None, value: object, role: str) -> None:
        active = self._runtime
        if active is None or not active.capture_content or not self._span.is_recording():
            return
        limit_chars = active.content_limit_chars
        if messages_key is not None and self._convention.messages:
            written = messages.json_of(value, role=role, limit_chars=limit_chars)
            if written is not None:
                self._span.set_attribute(messages_key, written)
                return
        self._span.set_attribute(key, content.text_of(value, limit_chars=limit_chars))

    def _set_dimensions(self, value: object) -> None:
        vector = value[0] if isinstance(value, Sequence) and value and isinstance(value[0], Sequence) else value
        if isinstance(vector, Sequence) and not isinstance(vector, str):
            self._span.set_attribute(conventions.EMBEDDING_DIMENSIONS, len(vector))

    # -- the model call -----------------------------------------------------------------------------------------------

    @faults.contained(None)
    def set_request(
        self,
        *,
        model: str | None = None,
        provider: str | None = None,
        stream: bool | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> None:
        """What was asked of the model; ``provider`` is OpenTelemetry's name of it: openai, anthropic, aws.bedrock."""
        self._set(
            {
                conventions.REQUEST_MODEL: model,
                conventions.PROVIDER: provider,
                conventions.REQUEST_STREAM: stream,
                conventions.REQUEST_TEMPERATURE: temperature,
                conventions.REQUEST_MAX_TOKENS: max_tokens,
            }
        )

    @faults.contained(None)
    def set_response(
        self, *, model: str | None = None, id: str | None = None, finish_reasons: Sequence[str] | None = None
    ) -> None:
        """Which model answered, under which id, and why it stopped (stop, length, tool_calls …)."""
        self._set(
            {
                conventions.RESPONSE_MODEL: model,
                conventions.RESPONSE_ID: id,
                conventions.RESPONSE_FINISH_REASONS: None if finish_reasons is None else list(finish_reasons),
            }
        )

    @faults.contained(None)
    def set_usage(
        self,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cache_read_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        reasoning_tokens: int | None = None,
    ) -> None:
        """Tokens as billed. Cached tokens are part of ``input_tokens``, reasoning tokens part of ``output_tokens``."""
        self._set(
            {
                conventions.INPUT_TOKENS: input_tokens,
                conventions.OUTPUT_TOKENS: output_tokens,
                conventions.CACHE_READ_TOKENS: cache_read_tokens,
                conventions.CACHE_WRITE_TOKENS: cache_write_tokens,
                conventions.REASONING_TOKENS: reasoning_tokens,
            }
        )

    @faults.contained(None)
    def mark_first_chunk(self) -> None:
        """Notes the time from the start of the span to now as time to first chunk; later calls change nothing."""
        span = self._span
        attributes = getattr(span, "attributes", None)
        start_ns = getattr(span, "start_time", None)
        if self._runtime is None or attributes is None or start_ns is None:
            return
        if conventions.TIME_TO_FIRST_CHUNK not in attributes:
            elapsed_ns = self._runtime.clock() - start_ns
            span.set_attribute(conventions.TIME_TO_FIRST_CHUNK, elapsed_ns / 1e9)

    # -- other steps --------------------------------------------------------------------------------------------------

    @faults.contained(None)
    def set_tool(self, *, call_id: str | None = None, type: str | None = None) -> None:
        """The id the model gave the call, and the tool's type (function, extension, datastore)."""
        self._set({conventions.TOOL_CALL_ID: call_id, conventions.TOOL_TYPE: type})

    @faults.contained(None)
    def set_retrieval(self, *, data_source: str | None = None, top_k: int | None = None) -> None:
        """Where was searched, and how many documents were asked for."""
        self._set({conventions.DATA_SOURCE_ID: data_source, conventions.RETRIEVAL_TOP_K: top_k})

    @faults.contained(None)
    def set_error(self, error: BaseException | str) -> None:
        """Marks the step as failed, by an exception or by a short machine-readable type such as ``timeout``."""
        if self._runtime is None:
            return
        if isinstance(error, str):
            self._span.set_attribute(conventions.ERROR_TYPE, error)
            self._span.set_status(Status(StatusCode.ERROR, error))
            return
        limit_chars = self._runtime.content_limit_chars
        name = qualified_name(type(error))
        message = content.text_of(content.safe_text(error), limit_chars=limit_chars)
        stack = content.text_of(_stack_of(error, limit_chars), limit_chars=limit_chars)
        self._span.set_attribute(conventions.ERROR_TYPE, name)
        self._span.set_status(Status(StatusCode.ERROR, message))
        self._span.add_event(
            "exception",
            {"exception.type": name, "exception.message": message, "exception.stacktrace": stack},
            timestamp=self._runtime.clock(),
        )

    @faults.contained(None)
    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Any other attribute, by its OpenTelemetry name."""
        self._span.set_attribute(key, value)

    def _set(self, attributes: Mapping[str, AttributeValue | None]) -> None:
        self._span.set_attributes({key: value for key, value in attributes.items() if value is not None})


def span(
    name: str,
    kind: Kind | None = None,
    *,
    model: str | None = None,
    provider: str | None = None,
    attributes: Mapping[str, AttributeValue] | None = None,
) -> Span:
    """A span to be opened with ``with``; it is the parent of every span started inside, whoever starts it.

    The name says what is called: the tool, the agent, the workflow, the place searched. A model call is named by its
    ``model``. Without a kind it is a plain span.
    """
    try:
        convention = convention_of(kind, "span")
        initial = starting_attributes(name, convention)
        if model is not None:
            initial[conventions.REQUEST_MODEL] = model
        if provider is not None:
            initial[conventions.PROVIDER] = provider
        if attributes:
            initial.update(attributes)
        return Span(span_name(model or name, convention), convention, attributes=initial)
    except Exception as error:  # noqa: BLE001 - the SDK's boundary: a wrong argument costs the attributes, not the step
        faults.record("span", error)
        return Span(content.safe_text(name), PLAIN, attributes={})


def current_span() -> Span:
    """A handle on the span that is open here, also one that another instrumentation opened.

    It may stand in a ``with``, which makes it current and leaves it open; where none is open, it does nothing.
    """
    opened = trace.get_current_span()
    return Span("", _convention_of(opened), attributes={}, opened=opened)


@faults.contained(PLAIN)
def _convention_of(opened: trace.Span) -> Convention:
    """How an open span is written; another instrumentation's says so only where its attributes can be read."""
    attributes = getattr(opened, "attributes", None) or {}
    return _BY_OPERATION.get(str(attributes.get(conventions.OPERATION, "")), PLAIN)


def convention_of(kind: Kind | None, where: str) -> Convention:
    """How spans of this kind are written; an unknown kind is recorded as a fault of ``where``, and its spans are plain."""
    if kind is None:
        return PLAIN
    known = CONVENTIONS.get(kind)
    if known is None:
        faults.record(where, ValueError(f"kind is {kind!r}; it is one of {', '.join(CONVENTIONS)}"))
    return known or PLAIN


def span_name(name: str, convention: Convention) -> str:
    """The conventions' span name: the operation, then what it is done on."""
    return f"{convention.operation} {name}" if convention.operation else name


def starting_attributes(name: str, convention: Convention) -> dict[str, AttributeValue]:
    """The attributes a span of this convention carries from its start."""
    attributes: dict[str, AttributeValue] = {}
    if convention.operation:
        attributes[conventions.OPERATION] = convention.operation
    if convention.name_key is not None:
        attributes[convention.name_key] = name
    return attributes


def _stack_of(error: BaseException, limit_chars: int) -> str:
    """The traceback as Python prints it, the innermost frames of each; "" where the error itself stands in the way."""
    try:
        described = traceback.TracebackException.from_exception(error, limit=-_FRAMES_KEPT, compact=True)
        _cut_messages(described, limit_chars)
        return "".join(described.format())
    except Exception as fault:  # noqa: BLE001 - the SDK's boundary: an exception's own code may do anything
        faults.record("span.stack", fault)
        return ""


def _cut_messages(described: traceback.TracebackException, limit_chars: int) -> None:
    """Cuts what each error of the chain says, before the format copies it: ten million characters take ten milliseconds."""
    left = [described]
    while left:
        one = left.pop()
        if isinstance(said := getattr(one, "_str", None), str):  # where Python keeps it; elsewhere it stays whole
            one._str = content.cut(said, limit_chars)  # type: ignore[attr-defined]  # noqa: SLF001 - see above
        left += filter(None, (one.__cause__, one.__context__, *(one.exceptions or ())))


def qualified_name(error_type: type[BaseException]) -> str:
    """A type of error as ``error.type`` names it."""
    module = error_type.__module__
    return error_type.__qualname__ if module == "builtins" else f"{module}.{error_type.__qualname__}"
