"""Values of every kind as hypothesis makes them, and what a stored text says: for tests of round trips."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.otlp.messages import any_value

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "\0", "a\0b", "/", "</script>", "\u2028", "🙂", "\x7f", '"\\', "1", "true", "[]"]
)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, -1, 2**53 + 1, -(2**63), 2**63 - 1])
REALS = st.floats() | st.sampled_from([0.0, -0.0, 1.0, 1e300, 5e-324, 0.1, 1e21])
LEAVES = st.none() | st.booleans() | TEXTS | NUMBERS | REALS | st.binary(max_size=8)
KEYS = st.text(max_size=6)


def values(depth: int) -> st.SearchStrategy[Any]:
    if depth == 0:
        return LEAVES
    inner = values(depth - 1)
    return LEAVES | st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)


ATTRIBUTES = st.dictionaries(KEYS, values(6), max_size=4)


def plain(value: Any) -> Any:
    """A value with its kind: lists of pairs in order, bytes as base64, floats as text, so that NaN equals itself."""
    if isinstance(value, dict):
        return [["pair", f"text {key}", plain(item)] for key, item in value.items()]
    if isinstance(value, list):
        return ["list", *map(plain, value)]
    if isinstance(value, bytes):
        return f"bytes {base64.b64encode(value).decode()}"
    return f"text {value}" if isinstance(value, str) else repr(value) if isinstance(value, float) else value


_SCALARS: dict[str, Callable[[str], Any]] = {
    "no_value": lambda text: text or None,
    "string_value": "text {}".format,
    "bytes_value": "bytes {}".format,
    "bool_value": {"true": True, "false": False}.get,
    "int_value": int,
    "double_value": lambda text: repr(float(text)),
}


def as_read(text: str, kind: str) -> Any:
    """What a stored text says."""
    if kind in ("array_value", "kvlist_value"):
        json.loads(text, parse_constant=lambda name: pytest.fail(f"no JSON: {name} in {text}"))
        return _unpaired(json.loads(_STRING.sub(_kept_apart, text), object_pairs_hook=lambda pairs: {"pairs": pairs}))
    return _SCALARS[kind](text)


#: A JSON string, and the space that says that it is none: before a double that JSON has no number for, behind bytes.
_STRING = re.compile(r'( ?)"((?:[^"\\]|\\.)*)"( ?)')


def _kept_apart(string: re.Match[str]) -> str:
    before, said, after = string.groups()
    return said if before else f'"{"bytes" if after else "text"} {said}"'


def _unpaired(value: Any) -> Any:
    if isinstance(value, dict):
        return [["pair", key, _unpaired(item)] for key, item in value["pairs"]]
    if isinstance(value, list):
        return ["list", *map(_unpaired, value)]
    return repr(value) if isinstance(value, float) else value


def read(found: dict[str, str], kinds: list[str]) -> dict[str, tuple[str, Any]]:
    return {key: (kind, as_read(text, kind)) for (key, text), kind in zip(found.items(), kinds, strict=True)}


def expected(sent: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    return {key: (any_value(value).WhichOneof("value") or "no_value", plain(value)) for key, value in sent.items()}
