"""Values, errors and calls as applications have them at the worst: they fail, never end, or answer to everything."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NoReturn, overload
from unittest.mock import MagicMock

from opentelemetry import trace


class InjectedError(Exception):
    """Put in on purpose."""


def fail(*_: object, **__: object) -> NoReturn:
    raise InjectedError


class Trap:
    """An object whose every method fails."""

    __getattr__ = __repr__ = __str__ = __len__ = __iter__ = __eq__ = __hash__ = __bool__ = __format__ = fail

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        fail()


class Obliging:
    """Answers to every name with a function, as a proxy does."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *_, **__: self


class Endless(Sequence[int]):
    """Longer than any memory; counts how much of it is looked at."""

    def __init__(self) -> None:
        self.looked_at = 0

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> "Endless": ...
    def __getitem__(self, index: int | slice) -> "int | Endless":
        self.looked_at += 1
        return self if isinstance(index, slice) else 7

    def __len__(self) -> int:
        return sys.maxsize


class Lazy(Mapping[str, object]):
    """A mapping that makes its values as it is read, without an end."""

    def __init__(self) -> None:
        self.looked_at = 0

    def __getitem__(self, key: str) -> object:
        self.looked_at += 1
        return self

    def __iter__(self) -> Iterator[str]:
        return map(str, range(sys.maxsize))

    def __len__(self) -> int:
        return sys.maxsize


class NamelessCall:
    """Can be called, and asked for nothing else."""

    __name__ = __signature__ = property(fail)

    def __call__(self, value: int) -> int:
        return value


class Unreadable(trace.NonRecordingSpan):
    """Another instrumentation's span that says nothing of itself."""

    attributes = property(fail)


class Colour(StrEnum):
    RED = "red"


class UnprintableError(Exception):
    __str__ = __repr__ = fail


def cycle() -> dict[str, object]:
    value: dict[str, object] = {}
    value.update(first=value, second=value, third=[value])
    return value


ODD: dict[str, Callable[[], object]] = {
    "trap": Trap,
    "obliging": Obliging,
    "mock": MagicMock,
    "cycle": cycle,
    "keys and numbers": lambda: {Colour: Trap(), 1: float("nan"), None: float("inf"), (1, 2): -(10**5_000)},
    "enum": lambda: {Colour.RED: Colour.RED},
    "texts and bytes": lambda: ["\ud800", b"\xff" * 10, bytearray(b"x"), memoryview(b"x"), object, print, ...],
    "nested": lambda: [[[]]] * 100_000,
}
