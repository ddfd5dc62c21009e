"""Figures, times and names as a person writes them. Must not know alerts, panels or HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

#: Units that figures are told in, as Grafana names them; times and min are ours.
UNITS = ("none", "short", "percentunit", "ms", "s", "min", "currencyUSD", "bytes", "times")
# The figures of a column say their unit themselves, and a trace's id is told by its link.
_TOLD_ENDINGS = re.compile(r"_(usd|ns|ms|s|bytes|share|id)$")
# How the drift rule writes a slice of calls, which is a key of silences and of incidents elsewhere.
_PAIR = re.compile(r"(^|, )(\w+)=")
_CAPITALS = {"llm": "LLM", "mcp": "MCP", "cpu": "CPU", "gpu": "GPU", "psi": "PSI"}


def quantity(value: float, unit: str) -> str:
    """A value with its unit as Grafana names it: 0.125 percentunit is 12.5%, 12400 ms are 12.4 s."""
    match unit:
        case "percentunit":
            return f"{_figure(value * 100)}%"
        case "currencyUSD":
            return f"${value:,.2f}" if abs(value) >= 0.1 or value == 0 else f"${value:.2g}"
        case "ms" if abs(value) >= 1000:
            return length(value / 1000)
        case "s":
            return length(value)
        case "min":
            return length(value * 60)
    number = _figure(value)
    return number if unit in ("short", "none", "string") else f"{number} {unit}"


def _figure(value: float) -> str:
    """Three digits, more only of thousands; never a power of ten of what is large."""
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


def length(seconds: float) -> str:
    """A length of time in its largest fitting units: 45 s, 1.25 min is 75 s, 3 h 20 min, 2 days."""
    if abs(seconds) < 120:
        return f"{seconds:.3g} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(hours / 24)} days"


def when(instant: datetime) -> str:
    """An instant to the minute, in UTC."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def place(segment: Mapping[str, str], project: str) -> str:
    """Where something is: the segment, if it is not everything, in its project."""
    return f"{spoken(segment)} in project {project}" if segment else f"project {project}"


def labels(segment: Mapping[str, str]) -> str:
    """A segment's labels and values as they are, which tell it from others."""
    return ", ".join(f"{name} {value or '(none)'}" for name, value in sorted(segment.items()))


def spoken(segment: Mapping[str, str]) -> str:
    """A segment for people: `feature` duration_ns and `slice` model=small are duration, model small."""
    return ", ".join(_spoken(name, value) for name, value in sorted(segment.items()))


def slice_words(text: str) -> str:
    """A slice of calls for people: model=small, prompt=ask is model small, prompt ask."""
    return _PAIR.sub(r"\1\2 ", text)


def _spoken(name: str, value: str) -> str:
    match name:
        case "feature":
            return heading(value)
        case "slice":
            return slice_words(value)
    return f"{name} {value or '(none)'}"


def heading(column: str) -> str:
    """A column's name as the head of a table or the name of a line: `cost_usd` is cost, `llm_calls` LLM calls."""
    parts = _TOLD_ENDINGS.sub("", column).split("_")
    return " ".join(_CAPITALS.get(part, part) for part in parts)
