"""Which calls take the short way, and the life of their spans, whatever is called.

Knows spans and OpenTelemetry's instrumentation; what a request and an answer say is the endpoint's to know.
"""

import time
from collections.abc import Callable
from typing import Any, ClassVar, Final, Protocol

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.metrics import _internal
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from spanhouse import conventions, faults
from spanhouse.instrumentation import Instrumentor
from spanhouse.openai_calls import streams
from spanhouse.span_starts import SPAN_KEY, starter
from spanhouse.spans import qualified_name

_HTTPS_PORT: Final = 443
_GENAI_KEYS: Final = ("opentelemetry.genai.", "opentelemetry.util.genai.")
_ABANDONED: Final = "abandoned stream"  # the status, and ``error.type``, that the instrumentation gives such a stream
_OTHER_ERROR: Final = "_OTHER"
_PLAIN: Final = frozenset({str, int, float, bool, tuple})
_TEXT: Final = frozenset({str})
# What ``Call._finish`` goes by; a version of OpenTelemetry that keeps attributes otherwise is written to the public way.
_IS_AS_KNOWN: Final = {"_dict", "_lock", "_immutable", "maxlen", "max_value_len"} <= vars(BoundedAttributes()).keys()

_NOTHING: Final[dict[str, AttributeValue]] = {}

Attributes = dict[str, AttributeValue]
Failure = tuple[str, str | None]  # ``error.type``, and what people read
# What wrapt calls in place of a method: with the bound method, its object, and the arguments.
_Wrapper = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]


class Listener(Protocol):
    """Listens to one stream and keeps what the span will say of it."""

    def note(self, chunk: Any) -> bool:
        """Takes a chunk; True when it was the last that counts."""
        ...

    def write(self, attributes: Attributes) -> Failure | None:
        """Adds what was heard."""
        ...


class Endpoint(Protocol):
    """What is called: how its requests and answers become attributes.

    Of a stream, a listener need not take chunks that are of none of the classes in ``heard``.
    """

    heard: ClassVar[frozenset[type]]

    def request(self, kwargs: dict[str, Any]) -> Attributes | None:
        """The attributes known before the call; None when something is in it that is not known here."""
        ...

    def answer(self, attributes: Attributes, answer: Any) -> Failure | None:
        """Adds what the answer says, and gives the failure that it tells of."""
        ...

    @property
    def listener(self) -> Callable[[], Listener]:
        """Makes one for each stream."""
        ...


class Call:
    """One call on the short way: its span, and the attributes that are still to be set on it. It ends once."""

    __slots__ = ("_began_s", "_endpoint", "_listener", "attributes", "heard", "span")

    def __init__(self, endpoint: Endpoint, span: trace.Span, *, attributes: Attributes) -> None:
        self.span: trace.Span | None = span
        self.attributes = attributes
        self.heard = endpoint.heard
        self._endpoint = endpoint
        self._began_s = time.perf_counter()
        self._listener: Listener | None = None

    def answered(self, answer: Any) -> None:
        """Ends the span of a call that was answered at once."""
        try:
            failure = self._endpoint.answer(self.attributes, answer)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: the answer is the application's
            faults.record("openai_calls.answer", error)
            failure = None
        self._finish(failure)

    def listen(self) -> streams.Note:
        """Notes the time to the first chunk, and gives what notes it and all that follow."""
        listener = self._listener
        if listener is None:
            self.attributes[conventions.TIME_TO_FIRST_CHUNK] = time.perf_counter() - self._began_s
            listener = self._listener = self._endpoint.listener()
        return listener.note

    def end(self) -> None:
        """Ends the span of a stream that was read, or closed before its end."""
        if self.span is not None:
            self._finish(None)

    def fail(self, error: BaseException) -> None:
        """Ends the span of a call that raised, or of a stream that did."""
        try:
            self._finish((qualified_name(type(error)), str(error)))
        except Exception as fault:  # noqa: BLE001 - the SDK's boundary: the application's own error counts
            faults.record("openai_calls.fail", fault)
            self._finish((_OTHER_ERROR, None))

    def abandon(self) -> None:
        """Ends the span of a stream that nobody will read on."""
        if self.span is not None:
            self._finish((_OTHER_ERROR, _ABANDONED))

    def _finish(self, failure: Failure | None) -> None:
        """Sets what is known and was heard, and ends the span; a failure that the stream told of counts where none is given.

        Plain attributes go where the span keeps them, for finding out that they are takes ``set_attributes`` longer. All others
        are left to it, and so are limits on length and number, and a span that ended.
        """
        span, self.span = self.span, None
        if span is None:
            return
        # All of it here: each function that is called costs a microsecond where the processor last did something else.
        attributes, self.attributes = self.attributes, {}  # the span may keep the dictionary itself: these are its last
        try:
            if self._listener is not None:
                try:
                    told = self._listener.write(attributes)
                    failure = told if failure is None else failure
                except Exception as error:  # noqa: BLE001 - the SDK's boundary: the chunks are the application's
                    faults.record("openai_calls.heard", error)
            if failure is not None:
                attributes[conventions.ERROR_TYPE] = failure[0]
                span.set_status(Status(StatusCode.ERROR, failure[1]))
            kept = getattr(span, "_attributes", None)
            reasons: Any = attributes.get(conventions.RESPONSE_FINISH_REASONS, ())  # the only tuple that an endpoint writes
            if (
                _IS_AS_KNOWN
                and type(kept) is BoundedAttributes
                and kept.max_value_len is None
                and _PLAIN.issuperset(map(type, attributes.values()))
                and _TEXT.issuperset(map(type, reasons))
            ):
                with kept._lock:  # noqa: SLF001 - see _IS_AS_KNOWN
                    known = kept._dict  # noqa: SLF001 - see _IS_AS_KNOWN
                    fits = kept.maxlen is None or len(known) + len(attributes) <= kept.maxlen
                    if fits and not kept._immutable:  # noqa: SLF001 - see _IS_AS_KNOWN
                        if known:
                            known.update(attributes)
                        else:
                            kept._dict = attributes  # noqa: SLF001 - see _IS_AS_KNOWN; copying them takes a kilobyte
                        attributes = _NOTHING
            if attributes:
                span.set_attributes(attributes)
            span.end()
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: a processor of the application's, say, fails at the end
            faults.record("openai_calls.finish", error)


class ShortWay:
    """Starts the spans of the calls that take it. ``early`` as in ``shorten``."""

    def __init__(self, *, tracer: trace.Tracer, early: bool, instrumentor: Instrumentor, own_clients: frozenset[type]) -> None:
        self._tracer = tracer
        self._start = starter(tracer, SpanKind.CLIENT)
        self._early = early
        self._instrumentor = instrumentor
        self._own_clients = own_clients
        self._server: tuple[Any, Attributes] = (None, {})  # of the last client's address

    def start(self, endpoint: Endpoint, client: Any, *, kwargs: dict[str, Any], context: Context) -> Call | None:
        """The call, if it takes this way. ``context`` is the current one, read once for all that need it."""
        try:
            attributes = endpoint.request(kwargs)
            if (
                attributes is None
                or not self._instrumentor.is_instrumented_by_opentelemetry
                or _internal._METER_PROVIDER is not None  # noqa: SLF001 - the public function looks through the environment each time
                or (context and _is_watched(context))
            ):
                return None
            sender = client._client  # noqa: SLF001 - as the instrumentation itself reads it
            # What the property gives too; it takes as long as all the rest here, but somebody's own client may have another.
            url = sender._base_url if type(sender) in self._own_clients else sender.base_url  # noqa: SLF001
            last, server = self._server  # one read: another thread may put another in its place
            attributes.update(server if url is last else self._server_at(url))
            name = f"chat {kwargs['model']}"
            if self._early:
                return Call(endpoint, self._tracer.start_span(name, context, SpanKind.CLIENT, attributes), attributes={})
            return Call(endpoint, self._start(name, context), attributes=attributes)
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: the instrumentation itself takes the call then
            faults.record("openai_calls.start", error)
            return None

    def _server_at(self, url: Any) -> Attributes:
        server: Attributes = {"server.address": url.host}
        if url.port not in {None, _HTTPS_PORT}:
            server["server.port"] = url.port
        self._server = url, server
        return server


def lead(way: ShortWay, endpoint: Endpoint, *, long_way: _Wrapper) -> _Wrapper:
    """What stands in place of ``create``: the short way where it can be taken, else OpenTelemetry's."""

    def _create(call: Callable[..., Any], client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        context = otel_context.get_current()
        started = None if args else way.start(endpoint, client, kwargs=kwargs, context=context)
        if started is None or started.span is None:
            return long_way(call, client, args, kwargs)
        token = otel_context.attach(Context({**context, SPAN_KEY: started.span}))
        try:
            answer = call(**kwargs)
        except BaseException as error:
            otel_context.detach(token)
            started.fail(error)
            raise
        otel_context.detach(token)
        if kwargs.get("stream") is True:
            started.attributes[conventions.REQUEST_STREAM] = True
            return streams.follow(answer, started)
        started.answered(answer)
        return answer

    return _create


def lead_async(way: ShortWay, endpoint: Endpoint, *, long_way: _Wrapper) -> _Wrapper:
    """``lead`` for the asynchronous client."""

    async def _create(call: Callable[..., Any], client: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        context = otel_context.get_current()
        started = None if args else way.start(endpoint, client, kwargs=kwargs, context=context)
        if started is None or started.span is None:
            return await long_way(call, client, args, kwargs)
        token = otel_context.attach(Context({**context, SPAN_KEY: started.span}))
        try:
            answer = await call(**kwargs)
        except BaseException as error:
            otel_context.detach(token)
            started.fail(error)
            raise
        otel_context.detach(token)
        if kwargs.get("stream") is True:
            started.attributes[conventions.REQUEST_STREAM] = True
            return streams.follow(answer, started)
        started.answered(answer)
        return answer

    return _create


def _is_watched(context: Context) -> bool:
    """Whether somebody else wants to know of the call: an inference around it, or a conversation."""
    for key in context:  # noqa: SIM110 - a generator takes as long as all of the loop
        if key.startswith(_GENAI_KEYS):
            return True
    return False
