"""How single values are read: each function turns an attribute's text into the text that stands under the canonical name.

A text that is not what it should be gives "", never an error. Must not know which attribute is read how.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_JSON_STARTS = frozenset('[{"')
#: Members of a list that are taken at most; beyond, it is an attack or no message list.
MAX_ITEMS = 2_000
_NANOSECONDS = 1_000_000_000


def decoded(text: str) -> Any:
    """The value of a JSON text, also where it was encoded twice; None if it is not JSON."""
    value: Any = text
    for _ in range(2):
        if not isinstance(value, str) or value.lstrip()[:1] not in _JSON_STARTS or not value.strip():
            break
        try:
            value = json.loads(value, parse_constant=str)
        except (ValueError, RecursionError):
            break
    return None if value is text else value


def encoded(value: Any) -> str:
    """JSON text; "" for None and for what is empty."""
    if value in (None, "", [], {}):
        return ""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return ""


def text(value: Any) -> str:
    """A decoded value as attribute text: strings as they are, the rest as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def number(value: Any) -> float | None:
    """A finite number, also from its text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def milliseconds(given: str) -> str:
    """Seconds, from milliseconds."""
    found = number(given)
    return "" if found is None else repr(found / 1_000)


def instant_ns(given: str) -> int | None:
    """Unix nanoseconds of an ISO 8601 text, which may stand in quotes; without a zone it is UTC."""
    value = decoded(given)
    try:
        found = datetime.fromisoformat((value if isinstance(value, str) else given).strip().strip('"'))
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    since = found - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _NANOSECONDS + since.microseconds * 1_000


def one_of(names: Mapping[str, str]) -> Callable[[str], str]:
    """A word of a closed list, by its lower-case form; other words say nothing."""
    return lambda given: names.get(given.lower(), "")


def renamed(names: Mapping[str, str]) -> Callable[[str], str]:
    """A word by its newest name; others stay."""
    return lambda given: names.get(given, given)


def strings(given: str) -> str:
    """A JSON array of strings, from an array, a JSON text of one, a comma-separated text or a single word."""
    value = decoded(given)
    if not isinstance(value, list):
        value = [word.strip() for word in given.split(",")]
    return encoded([text(item) for item in value[:MAX_ITEMS] if item not in ("", None)])


def string(given: str) -> str:
    """A text that may stand in JSON quotes."""
    if not given.startswith('"'):
        return given
    try:
        value = json.loads(given)
    except ValueError:
        return given
    return value if isinstance(value, str) else given


def single(given: str) -> str:
    """A JSON array of the one word, or the array that it is already."""
    value = decoded(given)
    return encoded(value if isinstance(value, list) else [given])


def json_values(given: str) -> str:
    """A JSON array whose members may themselves be JSON texts, each decoded."""
    value = decoded(given)
    if not isinstance(value, list):
        return encoded(value) if isinstance(value, dict) else ""
    inner = [decoded(item) if isinstance(item, str) else item for item in value[:MAX_ITEMS]]
    return encoded([item if found is None else found for item, found in zip(value, inner, strict=False)])


def truth(given: str) -> str:
    """The word true or false, lower-case."""
    return {"true": "true", "false": "false", "1": "true", "0": "false"}.get(given.lower(), "")
