"""Numbers, instants and structures as people read them. Must not know pages or tables. Missing values read as a dash."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

from spanhouse_dashboards import words

MISSING = "–"
_NS_PER_S = 1_000_000_000
Number = int | float | Decimal


def duration(value_ns: Number | None) -> str:
    """Nanoseconds in the unit that needs the fewest digits: `834 µs`, `12 ms`, `1.24 s`, `2 m 05 s`, `3 h 07 m`."""
    if value_ns is None:
        return MISSING
    value = float(value_ns)
    if value < 0:
        return f"−{duration(-value)}"
    if value < 1_000:
        return f"{value:.0f} ns" if value else "0 s"
    if value < 1_000_000:
        return f"{_three_digits(value / 1_000)} µs"
    if value < _NS_PER_S:
        return f"{_three_digits(value / 1_000_000)} ms"
    return _seconds(value / _NS_PER_S)


def _seconds(value_s: float) -> str:
    if value_s < 59.95:
        return f"{_three_digits(value_s)} s"
    minutes, seconds = divmod(round(value_s), 60)
    if minutes < 60:
        return f"{minutes} m {seconds:02} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02} m"
    return f"{hours // 24} d {hours % 24} h"


def _three_digits(value: float) -> str:
    if value >= 99.95:
        return f"{value:.0f}"
    text = f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"
    return text.rstrip("0").rstrip(".") if value < 1 or value == int(value) else text


def count(value: Number | None) -> str:
    """A count: exact with thin groups below 10,000, then `12.3k`, `4.56M`."""
    if value is None:
        return MISSING
    number = float(value)
    for limit, divisor, suffix in ((1e4, 1.0, ""), (1e6, 1e3, "k"), (1e9, 1e6, "M"), (float("inf"), 1e9, "G")):
        if abs(number) < limit:
            scaled = number / divisor
            return f"{scaled:,.0f}" if not suffix else f"{_three_digits(scaled)}{suffix}"
    return MISSING


def exact(value: Number | None) -> str:
    """A count with every digit."""
    return MISSING if value is None else f"{value:,.0f}"


def usd(value: Number | None) -> str:
    """An amount with two digits that say something: `$0.00042`, `$0.31`, `$12.40`, `$1,240`."""
    if value is None:
        return MISSING
    amount = float(value)
    if amount == 0:
        return "$0"
    if amount >= 1_000:
        return f"${amount:,.0f}"
    if amount >= 0.1:
        return f"${amount:,.2f}"
    return f"${Decimal(f'{amount:.2g}'):f}"


def percent(share: Number | None) -> str:
    """A share from 0 to 1."""
    if share is None:
        return MISSING
    value = float(share) * 100
    if 0 < abs(value) < 0.1:
        return f"{value:.2g}%"
    return f"{value:.0f}%" if abs(value) >= 99.95 or value == round(value) else f"{value:.1f}%"


def score(value: Number | bool | None) -> str:
    """A score's value, three digits behind the point at most; very small ones by their power of ten."""
    if value is None:
        return MISSING
    if 0 < abs(float(value)) < 0.0005:
        return f"{float(value):.1e}"
    text = f"{float(value):.3f}" if abs(float(value)) < 1_000 else f"{float(value):,.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float | None, unit: str) -> str:
    """A value with its unit, in the words of messages; a bare number where no unit is known."""
    if value is None:
        return MISSING
    return words.quantity(value, unit) if unit else score(value)


def two_digits(value: Number | None) -> str:
    """A score where there is little room."""
    if value is None:
        return MISSING
    number = float(value)
    if abs(number) >= 100:
        return count(number)
    return f"{number:.2f}" if abs(number) < 10 else _three_digits(number)


def figure(value: float, unit: str) -> str:
    """A number in the unit named: spans, requests, rows, count; s; bytes; share (0 to 1); ms; USD."""
    if unit == "s":
        return duration(value * _NS_PER_S)
    if unit == "ms":
        return duration(value * 1_000_000)
    if unit == "bytes":
        return size(value)
    if unit in ("share", "percentunit"):
        return percent(value)
    if unit == "currencyUSD":
        return usd(value)
    return count(value) if value == int(value) else score(value)


def size(value_bytes: Number | None) -> str:
    """Bytes in binary units."""
    if value_bytes is None:
        return MISSING
    value = float(value_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} B" if unit == "B" else f"{_three_digits(value)} {unit}"
        value /= 1024
    return f"{_three_digits(value)} TiB"


def instant(value: datetime | None) -> str:
    """Day and time of day, to the second, UTC."""
    return MISSING if value is None else value.strftime("%b %-d, %H:%M:%S")


def minute(value: datetime | None) -> str:
    """Day and time of day, to the minute, UTC."""
    return MISSING if value is None else value.strftime("%b %-d, %H:%M")


def dated(value: datetime | None, now: datetime) -> str:
    """Day and time of day, to the minute, UTC; with the year where it is another one than the present."""
    return MISSING if value is None else f"{value:%b %-d %H:%M}" if value.year == now.year else f"{value:%b %-d %Y %H:%M}"


def clock_time(value: datetime | None) -> str:
    """Time of day, UTC."""
    return MISSING if value is None else value.strftime("%H:%M:%S")


def ago(value: datetime | None, now: datetime) -> str:
    """How long ago, or how long until, in one unit."""
    if value is None:
        return MISSING
    distance = now - value
    text = span_of(abs(distance))
    if abs(distance) < timedelta(seconds=1):
        return "now"
    return f"{text} ago" if distance > timedelta() else f"in {text}"


def span_of(distance: timedelta) -> str:
    """A length of time in its largest whole unit."""
    seconds = int(distance.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length or (seconds >= length and unit != "d"):
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def pretty(text: str) -> str:
    """JSON objects and arrays indented; any other text as it is."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return as_json(json.loads(text))
    except (ValueError, RecursionError):
        return text


def as_json(value: object) -> str:
    """A structure as indented JSON, with the letters of every language left readable."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def toml(text: str) -> str:
    """Text as a TOML string, whose escapes are JSON's."""
    return json.dumps(text, ensure_ascii=False)
