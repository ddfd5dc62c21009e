"""Turns what an application passes around into bounded text for span attributes.

Knows JSON; knows nothing of spans. Nothing here raises on odd values: what JSON cannot hold is written as its ``repr``.
The work is bounded too, because it is done where the application waits for it: what lies beyond the first values, levels
and characters is not looked at.
"""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from json.encoder import encode_basestring as _quoted
from typing import Any, Final

from spanhouse import models

CUT_MARK: Final = "… [cut]"
_SHORTEST_LEAF_CHARS: Final = 32  # below this a cut text says nothing any more
MOST_VALUES: Final = 2_500  # about two milliseconds of work; prompts and documents have a hundred
MOST_LEVELS: Final = 40
_MOST_CHARS: Final = 4  # times the limit: so much is read before long texts are shortened to fit
_LEAST_AROUND_CHARS: Final = 2  # of a value in JSON, beside its own: quotes, say, or what parts it from the next one
_MOST_AROUND_CHARS: Final = 8  # the same of a text under a name
_LARGEST: Final = 10.0**300
_NUMBERS: Final = frozenset({int, float})
_AS_THEY_ARE: Final = frozenset({bool, type(None)})
_JSON_BEGINS: Final = ("{", "[", '"')
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_TEXT: Final = frozenset({str})


def text_of(value: object, *, limit_chars: int) -> str:
    """The value as it is when it is a text, else as JSON; never longer than the limit plus the cut mark."""
    if isinstance(value, str):
        return encodable(cut(value, limit_chars))
    return json_of(value, limit_chars=limit_chars)


def json_of(value: object, *, limit_chars: int) -> str:
    """Valid JSON for any value. Over the limit, the longest texts inside are cut; if that is not enough, the whole is."""
    copy = Copy(limit_chars)
    return copy.written(copy.of(value))


def json_with_strings(value: object, *, limit_chars: int) -> str:
    """``json_of``, but what is neither JSON nor a pydantic object is written as its ``str``, and raises what that raises."""
    copy = _CopyWithStrings(limit_chars)
    plain = copy.of(value)
    if copy.failure is not None:
        raise copy.failure
    return copy.written(plain)


def _encoded(plain: object) -> str:
    """The JSON; texts under names, as most arguments are, by hand, which is quicker than an encoder."""
    if type(plain) is dict and _TEXT.issuperset(map(type, plain.values())):
        return "{" + ", ".join([f"{_quoted(name)}: {_quoted(text)}" for name, text in plain.items()]) + "}"
    return _ENCODER.encode(plain)


def bounded(text: str, limit_chars: int) -> str:
    """A text that somebody else wrote, never longer than the limit plus the cut mark. JSON stays JSON."""
    if len(text) <= limit_chars:
        return text
    if text.startswith(_JSON_BEGINS):
        try:
            return json_of(json.loads(text), limit_chars=limit_chars)
        except (ValueError, RecursionError):  # only looks like it
            return cut(text, limit_chars)
    return cut(text, limit_chars)


def safe_text(value: object) -> str:
    """``str(value)``, and its type where that fails: the object is the application's, and may do anything."""
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - the SDK's boundary: a host object's own code, and its type still says something
        return f"<{type(value).__qualname__}>"


class Copy:
    """Copies values into what JSON knows, until the values, levels or characters that it may look at are used up."""

    def __init__(self, limit_chars: int) -> None:
        self._limit_chars = limit_chars
        self._most_values = self._values_left = MOST_VALUES
        self._most_chars = self._chars_left = limit_chars * _MOST_CHARS

    @property
    def is_used_up(self) -> bool:
        """Whether what was copied last may be incomplete, and what is copied next will be."""
        return self._values_left <= 0 or self._chars_left <= 0

    def of(self, value: object, level: int = 0) -> object:
        """The copy. Never raises."""
        self._values_left -= 1
        kind = type(value)
        if kind is str:
            return self._text(value)  # type: ignore[arg-type]  # it is one
        if kind in _AS_THEY_ARE or _is_number(value):
            return value
        if level >= MOST_LEVELS:
            return CUT_MARK
        try:
            if kind is dict:
                return self._mapping(value, level + 1)  # type: ignore[arg-type]  # it is one
            return self._items(value, level + 1) if kind is list else self._other(value, level + 1)  # type: ignore[arg-type]  # a list
        except Exception:  # noqa: BLE001 - the SDK's boundary: iterating runs the host object's own code
            return f"<{kind.__qualname__}>"

    def allow_more(self, values: int) -> None:
        """Lets at least so many values, and as many characters as may be written, be looked at from here."""
        more_values, more_chars = max(0, values - self._values_left), max(0, self._limit_chars - self._chars_left)
        self._most_values, self._values_left = self._most_values + more_values, self._values_left + more_values
        self._most_chars, self._chars_left = self._most_chars + more_chars, self._chars_left + more_chars

    def written(self, plain: object) -> str:
        """The JSON of what was copied, within the limit; texts in the copy may be cut for it."""
        limit_chars, whole = self._limit_chars, [plain]
        values, chars = self._most_values - self._values_left, self._most_chars - self._chars_left
        if chars + values * _LEAST_AROUND_CHARS > limit_chars:  # to write it and see takes as long as all the rest
            _shorten(whole, chars + values * _MOST_AROUND_CHARS - limit_chars)
        text = _encoded(whole[0])
        if len(text) > limit_chars:
            _shorten(whole, len(text) - limit_chars)
            text = _encoded(whole[0])
        if len(text) > limit_chars:
            text = _encoded(cut(text, limit_chars // 2))  # as text in JSON again
        return encodable(text)

    def _other(self, value: object, level: int) -> object:
        if isinstance(value, str):
            return self._text(str.__str__(value))  # an enum's value, say, whatever it calls itself
        if isinstance(value, bytes | bytearray | memoryview):
            return self._text(repr(bytes(value[: self._limit_chars])))
        if models.is_model(value):
            self._values_left += 1  # the object and what it becomes are one
            return self.of(models.dumped(value, most_values=MOST_VALUES), level)  # a text or a number, maybe
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            return self._mapping(value, level)
        if isinstance(value, set | frozenset | Sequence):
            return self._items(value, level)
        return self._text(repr(value))

    def _mapping(self, value: Mapping[object, object], level: int) -> dict[str, object]:
        copied: dict[str, object] = {}
        for key, item in value.items():
            if self._values_left <= 0 or self._chars_left <= 0:
                copied[CUT_MARK] = CUT_MARK
                break
            if type(key) is str and len(key) <= _SHORTEST_LEAF_CHARS:
                name = key
                self._chars_left -= len(key)
            else:
                name = self._text(key if type(key) is str else safe_text(key))
            copied[name] = self.of(item, level)
        return copied

    def _items(self, value: Iterable[object], level: int) -> list[object]:
        copied: list[object] = []
        for item in islice(value, MOST_VALUES):
            if self._values_left <= 0 or self._chars_left <= 0:
                copied.append(CUT_MARK)
                break
            copied.append(self.of(item, level))
        return copied

    def _text(self, text: str) -> str:
        length = len(text)
        if length > self._limit_chars or length > self._chars_left:
            length = max(0, min(self._limit_chars, self._chars_left))
            text = text[:length] + CUT_MARK
        self._chars_left -= len(text)
        return text


class _CopyWithStrings(Copy):
    failure: Exception | None = None

    def _other(self, value: object, level: int) -> object:
        if isinstance(value, str | dict | list | tuple):
            return super()._other(value, level)
        if isinstance(value, bytes | bytearray):
            return self._text(str(value[: self._limit_chars]))
        if isinstance(value, int | float):  # an enum's, or another library's
            plain = int(value) if isinstance(value, int) else float(value)
            return plain if _is_number(plain) else self._text(str(plain))
        if isinstance(value, set | frozenset) and len(value) > MOST_VALUES:
            return self._text(str(set(islice(value, MOST_VALUES))))
        try:
            return super()._other(value, level) if models.is_model(value) else self._text(str(value))
        except Exception as error:  # the copy puts a mark in the value's place; here the caller is to know, whatever it raised
            self.failure = error
            raise


def _is_number(value: object) -> bool:
    """Whether JSON can hold the number: it knows no NaN, and endless digits take endless time."""
    return -_LARGEST < value < _LARGEST if type(value) in _NUMBERS else False  # type: ignore[operator]  # an int or a float


def _shorten(whole: list[object], excess_chars: int) -> None:
    """Cuts the longest texts to one length, so that the JSON is shorter by at least so much, if that can be."""
    found = _long_texts(whole)
    level_chars = _level([len(holder[place]) for holder, place in found], excess_chars)
    for holder, place in found:
        if len(holder[place]) > level_chars + len(CUT_MARK):
            holder[place] = holder[place][:level_chars] + CUT_MARK


def _long_texts(whole: list[object]) -> list[tuple[Any, Any]]:
    """Where the texts stand that can be cut: what holds each, and under which name or number."""
    found: list[tuple[Any, Any]] = []
    holders: list[Any] = [whole]
    while holders:
        holder = holders.pop()
        for place, item in holder.items() if type(holder) is dict else enumerate(holder):
            kind = type(item)
            if kind is dict or kind is list:
                holders.append(item)
            elif kind is str and len(item) > _SHORTEST_LEAF_CHARS:
                found.append((holder, place))
    return found


def _level(lengths: list[int], excess_chars: int) -> int:
    """The length to which the longest have to be cut, mark apart. A character less is at least one less in the JSON."""
    lengths.sort(reverse=True)
    level_chars, together_chars = _SHORTEST_LEAF_CHARS, 0
    for count, (length, next_length) in enumerate(zip(lengths, [*lengths[1:], 0], strict=True), start=1):
        together_chars += length
        level_chars = (together_chars - excess_chars) // count - len(CUT_MARK)
        if level_chars >= next_length:
            break
    return max(level_chars, _SHORTEST_LEAF_CHARS)


def cut(text: str, limit_chars: int) -> str:
    """The text, and the cut mark in place of what is beyond the limit."""
    return text if len(text) <= limit_chars else text[:limit_chars] + CUT_MARK


def encodable(text: str) -> str:
    """A lone surrogate cannot be written as UTF-8 and would cost the whole attribute, so it becomes a question mark."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
