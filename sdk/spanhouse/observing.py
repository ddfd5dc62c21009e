"""The ``observe`` decorator: a span around every call of a function, with what went in and what came out.

Works on functions, coroutine functions, generators and asynchronous generators, and keeps their signature. Returned
values, yielded values and exceptions pass through unchanged.
"""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from dataclasses import dataclass
from types import CoroutineType
from typing import Any, Final, ParamSpec, TypeVar, cast, overload

from opentelemetry import context as otel_context
from opentelemetry.util.types import AttributeValue

from spanhouse import faults, runtime
from spanhouse.conventions import CONVENTIONS, Convention, Kind
from spanhouse.spans import Span, convention_of, span_name, starting_attributes

P = ParamSpec("P")
R = TypeVar("R")

_RECEIVERS: Final = ("self", "cls")
_STREAM_ITEMS_KEPT: Final = 10_000  # a few answers' worth of chunks; what comes after is passed on and not kept


@overload
def observe(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def observe(
    *, name: str | None = None, kind: Kind | None = None, capture_input: bool = True, capture_output: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def observe(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    kind: Kind | None = None,
    capture_input: bool = True,
    capture_output: bool = True,
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    """Traces every call of the function, bare (``@observe``) or with options (``@observe(kind="tool")``).

    ``name`` is the function's own name unless given. Inside the function ``spanhouse.current_span()`` is the handle
    for what only it knows, such as token counts. A generator's span lasts from its first step to its end, also when
    the consumer stops early, and notes the time to the first item.
    """

    def decorate(target: Callable[P, R]) -> Callable[P, R]:
        written: Any = target  # what people write and the types rule out
        try:
            descriptor = _descriptor(written, decorate)
            if descriptor is not None:
                return cast("Callable[P, R]", descriptor)
            if not callable(written):  # another descriptor; what is called in its place would not be what it gives
                raise TypeError(f"a {type(written).__qualname__} cannot be called; observe the function in it")
            if isinstance(target, type):
                raise TypeError(f"{target.__qualname__} is a class; observe its methods")
            called = name or _own_name(target)
            plan = _Plan.of(target, called, kind=kind, captures=(capture_input, capture_output))
            return cast("Callable[P, R]", _with_cache(_wrap(target, plan), target))
        except Exception as error:  # noqa: BLE001 - the SDK's boundary: what cannot be traced is called untraced
            faults.record("observe", error)
            return target

    given: Any = function
    if issubclass(type(given), str):  # ``@observe("answer")``, as decorators of others are written
        return observe(name=name or given, kind=kind, capture_input=capture_input, capture_output=capture_output)
    return decorate if function is None else decorate(function)


def _own_name(target: Any) -> str:
    while isinstance(target, functools.partial):
        target = target.func
    return str(getattr(target, "__name__", type(target).__name__))


def _with_cache(observed: Callable[..., Any], target: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with what ``functools.lru_cache`` lets be called on it, which ``wraps`` does not take along."""
    for name in ("cache_info", "cache_clear"):
        if hasattr(target, name):
            setattr(observed, name, getattr(target, name))
    return observed


def _descriptor(written: Any, decorate: Callable[[Any], Any]) -> Any:
    """A descriptor of Python's own with the function in it observed, where this decorator stands above; None for all else."""
    if isinstance(written, staticmethod | classmethod):
        return type(written)(decorate(written.__func__))
    if isinstance(written, property):
        return written.getter(None if written.fget is None else decorate(written.fget))  # type: ignore[arg-type]  # may be none
    if isinstance(written, functools.cached_property):
        return functools.cached_property(decorate(written.func))
    return None


_Given = tuple[tuple[object, ...], dict[str, object]]  # the positional and the named arguments of one call


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """All that is known about an observed function before it is called."""

    name: str
    convention: Convention
    attributes: dict[str, AttributeValue]
    parameters: tuple[str, ...]
    captures_input: bool
    captures_output: bool

    @classmethod
    def of(cls, target: Callable[..., object], name: str, *, kind: Kind | None, captures: tuple[bool, bool]) -> "_Plan":
        convention = convention_of(kind, "observe")
        return cls(
            name=span_name(name, convention),
            convention=convention,
            attributes=starting_attributes(name, convention),
            parameters=_positional_names(target),
            captures_input=captures[0],
            captures_output=captures[1],
        )

    def span(self) -> Span:
        """The span of one call, not started yet."""
        return Span(self.name, self.convention, attributes=self.attributes)

    def note_input(self, span: Span, given: _Given) -> None:
        """Writes the call's arguments onto the span; a call without any writes nothing."""
        args, kwargs = given
        if self.captures_input and (args or kwargs):
            try:
                arguments = self._arguments(args, kwargs)
                if arguments:
                    span.set_input(self._input(arguments))
            except Exception as error:  # noqa: BLE001 - the SDK's boundary: arguments are the host's objects
                faults.record("observe.input", error)

    def note_output(self, span: Span, value: object) -> None:
        """Writes what came back onto the span; None writes nothing."""
        if self.captures_output and value is not None:
            span.set_output(value)

    def _arguments(self, args: tuple[object, ...], kwargs: dict[str, object]) -> dict[str, object]:
        given = dict(zip(self.parameters, args, strict=False))
        for receiver in _RECEIVERS:
            if self.parameters[:1] == (receiver,):
                given.pop(receiver, None)
        if len(args) > len(self.parameters):
            given["args"] = list(args[len(self.parameters) :])
        given.update(kwargs)
        return given

    def _input(self, given: dict[str, object]) -> object:
        if self.convention is CONVENTIONS["retrieval"]:
            return next((value for value in given.values() if isinstance(value, str)), given)
        if self.convention.messages and len(given) == 1:
            return next(iter(given.values()))
        return given


def _positional_names(target: Callable[..., object]) -> tuple[str, ...]:
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):  # builtins and some C callables have no signature
        return ()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(parameter.name for parameter in parameters if parameter.kind in positional)


def _wrap(target: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    is_object = not (inspect.isroutine(target) or isinstance(target, functools.partial))
    called = type(target).__call__ if is_object else target
    if inspect.isasyncgenfunction(called):
        return _wrap_async_generator(target, plan)
    if inspect.isgeneratorfunction(called):
        return _wrap_generator(target, plan)
    if inspect.iscoroutinefunction(called):
        return _wrap_coroutine(target, plan)
    return _wrap_function(target, plan)


def _wrap_function(target: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    @functools.wraps(target)
    def call(*args: Any, **kwargs: Any) -> Any:
        if runtime.current() is None:
            return target(*args, **kwargs)
        span = plan.span()
        context = span.start()
        span.attach(context)
        try:
            plan.note_input(span, (args, kwargs))
            result = target(*args, **kwargs)
            if type(result) is CoroutineType:  # of a function that only hands on what a coroutine function gave it
                span.detach()
                return _awaited(result, span, context, plan)
            plan.note_output(span, result)
        except BaseException as error:
            span.__exit__(type(error), error, error.__traceback__)
            raise
        span.__exit__(None, None, None)
        return result

    return call


async def _awaited(coroutine: Coroutine[Any, Any, Any], span: Span, context: otel_context.Context | None, plan: _Plan) -> Any:
    span.attach(context)
    try:
        result = await coroutine
        plan.note_output(span, result)
    except BaseException as error:
        span.__exit__(type(error), error, error.__traceback__)
        raise
    span.__exit__(None, None, None)
    return result


def _wrap_coroutine(target: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    @functools.wraps(target)
    async def call(*args: Any, **kwargs: Any) -> Any:
        if runtime.current() is None:
            return await target(*args, **kwargs)
        with plan.span() as span:
            plan.note_input(span, (args, kwargs))
            result = await target(*args, **kwargs)
            plan.note_output(span, result)
            return result

    return call


class _Stream:
    """The span of one stream: current while the generator runs, not current while the consumer has the item."""

    def __init__(self, plan: _Plan, given: _Given) -> None:
        self._plan = plan
        self._given = given
        self._caller = otel_context.get_current()
        self._span = plan.span()
        self._context: otel_context.Context | None = None
        self._items: list[object] = []

    def start(self) -> None:
        """Starts the span, below the span that was open where the stream was asked for."""
        self._context = self._span.start(self._caller)
        self._plan.note_input(self._span, self._given)

    def __enter__(self) -> None:
        self._span.attach(self._context)

    def __exit__(self, *_: object) -> None:
        self._span.detach()

    def note(self, item: object) -> None:
        if not self._items:
            self._span.mark_first_chunk()
        if len(self._items) < _STREAM_ITEMS_KEPT:
            self._items.append(item)

    def end(self, error: BaseException | None = None) -> None:
        if self._items:
            # By type: an item may be anything, and asking it for its class runs code of its own.
            are_texts = all(issubclass(type(item), str) for item in self._items)
            whole = "".join(cast("list[str]", self._items)) if are_texts else self._items
            self._plan.note_output(self._span, whole)
        self._span.end(error)


def _wrap_generator(target: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    def run(source: Generator[Any, Any, Any], stream: _Stream) -> Generator[Any, Any, Any]:
        stream.start()
        resume: Callable[[], Any] = functools.partial(next, source)
        try:
            while True:
                with stream:
                    item = resume()
                stream.note(item)
                resume = yield from _hand_over(item, source)
        except StopIteration as stop:
            stream.end()
            return stop.value
        except BaseException as error:
            try:
                with stream:
                    source.close()
            finally:
                stream.end(error)
            raise

    @functools.wraps(target)
    def call(*args: Any, **kwargs: Any) -> Any:
        source = target(*args, **kwargs)
        return source if runtime.current() is None else run(source, _Stream(plan, (args, kwargs)))

    return call


def _hand_over(item: Any, source: Generator[Any, Any, Any]) -> Generator[Any, Any, Callable[[], Any]]:
    """Yields the item to the consumer, and gives back how the consumer wants the source resumed."""
    try:
        sent = yield item
    except GeneratorExit:
        raise
    except BaseException as thrown:  # noqa: BLE001 - raised again, inside the source
        return functools.partial(source.throw, thrown)
    return functools.partial(source.send, sent)


def _wrap_async_generator(target: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    async def run(source: AsyncGenerator[Any, Any], stream: _Stream) -> AsyncGenerator[Any, Any]:
        stream.start()
        resume: Callable[[], Any] = source.__anext__
        try:
            while True:
                with stream:
                    item = await resume()
                stream.note(item)
                try:
                    sent = yield item
                except GeneratorExit:
                    raise
                except BaseException as thrown:  # noqa: BLE001 - raised again, inside the source
                    resume = functools.partial(source.athrow, thrown)
                else:
                    resume = functools.partial(source.asend, sent)
        except StopAsyncIteration:
            stream.end()
        except BaseException as error:
            try:
                with stream:
                    await source.aclose()
            finally:
                stream.end(error)
            raise

    @functools.wraps(target)
    def call(*args: Any, **kwargs: Any) -> Any:
        source = target(*args, **kwargs)
        return source if runtime.current() is None else run(source, _Stream(plan, (args, kwargs)))

    return call
