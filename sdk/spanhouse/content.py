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
from typing import Final

CUT_MARK: Final = "… [cut]"
_SHORTEST_LEAF_CHARS: Final = 32  # below this a cut text says nothing any more
MOST_VALUES: Final = 2_500  # about two milliseconds of work; prompts and documents have a hundred
MOST_LEVELS: Final = 40
_MOST_CHARS: Final = 4  # times the limit: so much is read before long texts are shortened to fit
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
    """Valid JSON for any value. Over the limit, long texts inside are cut; if that is not enough, the whole is."""
    return _json_of(_Copy(limit_chars).of(value), limit_chars)


def json_with_strings(value: object, *, limit_chars: int) -> str:
    """``json_of``, but what JSON does not know is written as its ``str``, and raises what that raises."""
    copy = _CopyWithStrings(limit_chars)
    plain = copy.of(value)
    if copy.failure is not None:
        raise copy.failure
    return _json_of(plain, limit_chars)


def _json_of(plain: object, limit_chars: int) -> str:
    text = _encoded(plain)
    if len(text) > limit_chars:
        texts = max(1, _count_texts(plain))
        each = max(0, limit_chars - len(_encoded(_shorten(plain, 0)))) // texts  # beside what stands around them
        for chars in (each, each // 2):  # half, where quotes and line ends take up two
            text = _encoded(_shorten(plain, max(_SHORTEST_LEAF_CHARS, chars)))
            if len(text) <= limit_chars:
                break
    if len(text) > limit_chars:
        text = _encoded(cut(text, limit_chars // 2))  # as text in JSON again
    return encodable(text)


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


class _Copy:
    """Copies a value into what JSON knows, until the values, levels or characters that it may look at are used up."""

    def __init__(self, limit_chars: int) -> None:
        self._limit_chars = limit_chars
        self._values_left = MOST_VALUES
        self._chars_left = limit_chars * _MOST_CHARS

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

    def _other(self, value: object, level: int) -> object:
        if isinstance(value, str):
            return self._text(str.__str__(value))  # an enum's value, say, whatever it calls itself
        if isinstance(value, bytes | bytearray | memoryview):
            return self._text(repr(bytes(value[: self._limit_chars])))
        # Asked of the class: an instance may answer to any name, as a mock does.
        if callable(getattr(type(value), "model_dump", None)):
            value = value.model_dump()  # type: ignore[attr-defined]  # found above
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            return self._mapping(value, level)
        if isinstance(value, set | frozenset | Sequence):
            return self._items(value, level)
        return self._text(repr(value))

    def _mapping(self, value: Mapping[object, object], level: int) -> dict[str, object]:
        copied: dict[str, object] = {}
        for key, item in value.items():
            if self._values_left <= 0:
                copied[CUT_MARK] = CUT_MARK
                break
            name = self._text(key if type(key) is str else safe_text(key))
            copied[name] = self.of(item, level)
        return copied

    def _items(self, value: Iterable[object], level: int) -> list[object]:
        copied: list[object] = []
        for item in islice(value, MOST_VALUES):
            if self._values_left <= 0:
                copied.append(CUT_MARK)
                break
            copied.append(self.of(item, level))
        return copied

    def _text(self, text: str) -> str:
        length = len(text)
        if length > self._limit_chars or length > self._chars_left:
            length = min(self._limit_chars, self._chars_left)
            text = text[:length] + CUT_MARK
        self._chars_left -= length
        return text


class _CopyWithStrings(_Copy):
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
            return self._text(str(value))
        except Exception as error:  # the copy puts a mark in the value's place; here the caller is to know, whatever it raised
            self.failure = error
            raise


def _is_number(value: object) -> bool:
    """Whether JSON can hold the number: it knows no NaN, and endless digits take endless time."""
    return -_LARGEST < value < _LARGEST if type(value) in _NUMBERS else False  # type: ignore[operator]  # an int or a float


def _count_texts(plain: object) -> int:
    if isinstance(plain, dict):
        return sum(_count_texts(item) for item in plain.values())
    if isinstance(plain, list):
        return sum(_count_texts(item) for item in plain)
    return int(isinstance(plain, str))


def _shorten(plain: object, limit_chars: int) -> object:
    if isinstance(plain, dict):
        return {key: _shorten(item, limit_chars) for key, item in plain.items()}
    if isinstance(plain, list):
        return [_shorten(item, limit_chars) for item in plain]
    return cut(plain, limit_chars) if isinstance(plain, str) else plain


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
