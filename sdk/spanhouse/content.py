"""Turns what an application passes around into bounded text for span attributes.

Knows JSON; knows nothing of spans. Nothing here raises on odd values:
what JSON cannot hold is written as its ``repr``.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Final

CUT_MARK: Final = "… [cut]"
_SHORTEST_LEAF_CHARS: Final = 32  # below this a cut text says nothing any more


def text_of(value: object, *, limit_chars: int) -> str:
    """The value as it is when it is a text, else as JSON; never longer than the limit plus the cut mark."""
    if isinstance(value, str):
        return _encodable(_cut(value, limit_chars))
    return json_of(value, limit_chars=limit_chars)


def json_of(value: object, *, limit_chars: int) -> str:
    """Valid JSON for any value. Over the limit, long texts inside are cut; if that is not enough, the whole is."""
    text = _dump(value)
    if len(text) > limit_chars:
        plain = json.loads(text)
        text = _dump(_shorten(plain, max(_SHORTEST_LEAF_CHARS, limit_chars // max(1, _count_texts(plain)))))
    if len(text) > limit_chars:
        text = _dump(_cut(text, limit_chars))
    return _encodable(text)


def _dump(value: object) -> str:
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError):  # keys JSON cannot hold, cycles, endless nesting
        return _ENCODER.encode(_safe_repr(value))


def _plain(value: object) -> object:
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    return _safe_repr(value)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=_plain)


def _safe_repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - the SDK's boundary: a host object's own repr may do anything, and its type still says something
        return f"<{type(value).__qualname__}>"


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
    return _cut(plain, limit_chars) if isinstance(plain, str) else plain


def _cut(text: str, limit_chars: int) -> str:
    return text if len(text) <= limit_chars else text[:limit_chars] + CUT_MARK


def _encodable(text: str) -> str:
    """A lone surrogate cannot be written as UTF-8 and would cost the whole attribute, so it becomes a question mark."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
