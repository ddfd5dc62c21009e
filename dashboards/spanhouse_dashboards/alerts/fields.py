"""Readers of the values in a file of rules: each gives the value as the model takes it, or one sentence that says what is wrong.

Must not know which keys there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from spanhouse_collector.errors import InvalidSettings

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MAX_DURATION_S = 90 * 86400
# A sentence with more words to choose from than these is not read.
_MOST_WORDS = 40
# Grafana puts ids into addresses and takes at most 40 characters.
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

Reader = Callable[[str, Any], Any]


def refuse_unknown(where: str, found: Mapping[str, Any], *, known: set[str]) -> None:
    """Raises InvalidSettings for a key that nobody reads."""
    unknown = sorted(set(found) - known)
    if unknown:
        raise InvalidSettings(f"{where} has the unknown key {unknown[0]!r}; {_instead(unknown[0], sorted(known))}")


def require(where: str, found: Mapping[str, Any], *, needed: set[str]) -> None:
    """Raises InvalidSettings for a key that must be there and is not."""
    lacking = sorted(needed - set(found))
    if lacking:
        raise InvalidSettings(f"{where} has no {lacking[0]!r}; add it")


def mapping(where: str, value: Any) -> Mapping[str, Any]:
    """Keys with values."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InvalidSettings(f"{where} is {value!r}; give keys with values")
    return value


def listing(where: str, value: Any) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise InvalidSettings(f"{where} is {value!r}; give a list")
    return value


def text(where: str, value: Any) -> str:
    """A text that is not empty, without space around it."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidSettings(f"{where} is {value!r}; give a text")
    return value.strip()


def identifier(where: str, value: Any) -> str:
    """An id: small letters, digits and hyphens."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise InvalidSettings(f"{where} is {value!r}; use up to 40 small letters, digits and hyphens")
    return value


def number(where: str, value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < float("inf"):
        raise InvalidSettings(f"{where} is {value!r}; give a number")
    return float(value)


def amount(where: str, value: Any) -> float:
    """A number above 0."""
    found = number(where, value)
    if found <= 0:
        raise InvalidSettings(f"{where} is {value!r}; give a number above 0")
    return found


def share(where: str, value: Any) -> float:
    """A number between 0 and 1, neither of them."""
    found = number(where, value)
    if not 0 < found < 1:
        raise InvalidSettings(f"{where} is {found:g}; give a share between 0 and 1")
    return found


def count(where: str, value: Any) -> int:
    """A whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidSettings(f"{where} is {value!r}; give a whole number of at least 1")
    return value


def flag(where: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise InvalidSettings(f"{where} is {value!r}; give true or false")
    return value


def duration(where: str, value: Any) -> int:
    """Seconds of `30s`, `5m`, `2h`, `1d` or `0s`, at most 90 days."""
    match = re.fullmatch(r"(\d{1,9})([smhd])", value) if isinstance(value, str) else None
    seconds = int(match.group(1)) * _UNITS_S[match.group(2)] if match else _MAX_DURATION_S + 1
    if seconds > _MAX_DURATION_S:
        raise InvalidSettings(f"{where} is {value!r}; give a duration such as 30s, 5m or 2h, at most 90d")
    return seconds


def positive_duration(where: str, value: Any) -> int:
    """Seconds of a duration longer than nothing."""
    seconds = duration(where, value)
    if seconds == 0:
        raise InvalidSettings(f"{where} is {value!r}; give a duration longer than nothing")
    return seconds


def one_of(choices: tuple[str, ...]) -> Reader:
    """A reader that takes these texts alone."""

    def read(where: str, value: Any) -> str:
        if value not in choices:
            raise InvalidSettings(f"{where} is {value!r}; {_instead(str(value), choices)}")
        return str(value)

    return read


def _instead(wrong: str, right: Sequence[str]) -> str:
    """What to do about a wrong word: the one that was meant, if that is plain, else all there are or, of many, the nearest."""
    meant = get_close_matches(wrong, right, n=1, cutoff=0.75)
    if meant:
        return f"did you mean {meant[0]!r}?"
    if len(right) > _MOST_WORDS:
        return f"use one of the {len(right)} there are, such as {', '.join(get_close_matches(wrong, right, n=5, cutoff=0))}"
    return f"use one of {', '.join(right)}" if right else "leave it out"


def web_address(where: str, value: Any) -> str:
    """An address of a page."""
    if not text(where, value).startswith(("http://", "https://")):
        raise InvalidSettings(f"{where} is {value!r}; give an address that starts with http:// or https://")
    return text(where, value)


def texts(where: str, value: Any) -> dict[str, str]:
    """Texts by key."""
    return {key: text(f"{where}: {key}", one) for key, one in mapping(where, value).items()}


def names(where: str, value: Any) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(text(where, one) for one in listing(where, value))


def variables(where: str, value: Any) -> dict[str, Any]:
    """Each variable is a text, a number or a list of texts."""
    found: dict[str, Any] = {}
    for key, one in mapping(where, value).items():
        if isinstance(one, list):
            found[key] = [text(f"{where}: {key}", each) for each in one]
        else:
            found[key] = text(f"{where}: {key}", one) if isinstance(one, str) else number(f"{where}: {key}", one)
    return found


def moment_of_day(where: str, value: Any) -> int:
    """Minutes after midnight of `07:30`; `24:00` is the day's end. YAML reads an unquoted one as a number of minutes."""
    match = re.fullmatch(r"(\d{2}):(\d{2})", value) if isinstance(value, str) else None
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minutes <= 24 * 60:
        raise InvalidSettings(f"{where} is {value!r}; give a time of day in quotes, such as '07:30'")
    return minutes
