"""Expands the macros and variables of a panel's or rule's SQL as Grafana and its ClickHouse plugin do.

Two steps, as there: `fill` does the browser's (conditionals, variables), `expand` the plugin backend's (time range and
interval). Must not know which panels or rules there are, nor any store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spanhouse_collector.errors import InvalidSettings

# Grafana's value of a variable on which nothing was chosen.
ALL = "$__all"

# A number is written as it is; text needs `:singlequote`; several texts become a quoted list.
Value = str | int | float | Sequence[str]
Quote = Callable[[str], str]

_COMMENT_OR_TEXT = re.compile(r"('(?:\\.|[^'\\])*')|--[^\n]*|/\*.*?\*/", re.DOTALL)
_CONDITIONAL = "$__conditionalAll("
_AD_HOC = "$__adHocFilters("
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)")
_NAMED = re.compile(r"^\$\{?(\w+)(?::\w+)?\}?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What the plugin knows of a query: the range in Unix milliseconds, and the interval between points in milliseconds."""

    from_ms: int
    to_ms: int
    interval_ms: int


class Binder:
    """Turns each text into a query parameter instead of a literal; `params` are those to send along."""

    def __init__(self) -> None:
        self.params: dict[str, str] = {}

    def __call__(self, value: str) -> str:
        """The placeholder that stands for `value`, which is sent along under its name."""
        name = f"v{len(self.params)}"
        self.params[name] = value
        return f"{{{name}:String}}"


def literal(value: str) -> str:
    """The text as a literal of ClickHouse; also a backslash is escaped, which Grafana's own formatter leaves alone."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def statement(sql: str) -> str:
    """The SQL without comments and surrounding space, ready to be put into a dashboard."""
    return _COMMENT_OR_TEXT.sub(lambda match: match.group(1) or "", sql).strip()


def fill(sql: str, variables: Mapping[str, Value], *, quote: Quote = literal) -> str:
    """The browser's step: `$__conditionalAll`, `$__adHocFilters` (none), then `$name`, `${name}` and `${name:singlequote}`.

    Each text goes through `quote`. Raises InvalidSettings for an unknown variable or one that cannot be written safely.
    """

    def conditional(arguments: str) -> str:
        condition, name = _split(arguments)[:-1], _split(arguments)[-1]
        named = _NAMED.match(name)
        if not named:
            raise InvalidSettings(f"$__conditionalAll ends with {name!r}; its last argument must be a variable")
        value = variables.get(named.group(1), ALL)
        return "1=1" if value in ("", ALL, [], ()) else ", ".join(condition)

    filled = _replace_calls(sql, _CONDITIONAL, conditional)
    filled = _replace_calls(filled, _AD_HOC, lambda _tables: "additional_table_filters={}")
    return _VARIABLE.sub(lambda match: _written(match, variables, quote), filled)


def expand(sql: str, window: Window) -> str:
    """The backend's step: time macros of the plugin; nested ones innermost first; unknown ones stay."""
    text = statement(sql)
    while found := list(_TIME_MACRO.finditer(text)):
        # The last macro in the text has no other macro among its arguments.
        last = found[-1]
        arguments, end = "", last.end()
        if text[end : end + 1] == "(":
            arguments, end = _arguments(text, end)
        text = text[: last.start()] + _TIME_MACROS[last.group(1)](arguments, window) + text[end:]
    return text


def _written(match: re.Match[str], variables: Mapping[str, Value], quote: Quote) -> str:
    name, form = match.group(1) or match.group(3), match.group(2)
    if name not in variables:
        raise InvalidSettings(f"variable {name!r} has no value; give it one or wrap its use in $__conditionalAll")
    value = variables[name]
    if isinstance(value, (int, float)):
        return repr(int(value) if value == int(value) else value)
    if value == ALL:
        raise InvalidSettings(f"variable {name!r} is unset and used outside $__conditionalAll; wrap its use in it")
    if isinstance(value, str):
        if form != "singlequote":
            raise InvalidSettings(f"variable {name!r} is text; write ${{{name}:singlequote}}")
        return quote(value)
    return ",".join(quote(one) for one in value)


def _replace_calls(text: str, opening: str, replacement: Callable[[str], str]) -> str:
    while (start := text.rfind(opening)) >= 0:
        arguments, end = _arguments(text, start + len(opening) - 1)
        text = text[:start] + replacement(arguments) + text[end:]
    return text


def _arguments(text: str, opening: int) -> tuple[str, int]:
    """The text between the parenthesis at `opening` and its partner, and the position after that one."""
    depth = 0
    for position, character in _outside_quotes(text, opening):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[opening + 1 : position].strip(), position + 1
    raise InvalidSettings(f"a macro's parenthesis is not closed near {text[opening : opening + 40]!r}; close it")


def _split(arguments: str) -> list[str]:
    """Arguments at the commas that lie in no parentheses and no text."""
    parts, depth, start = [], 0, 0
    for position, character in _outside_quotes(arguments, 0):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(arguments[start:position].strip())
            start = position + 1
    return [*parts, arguments[start:].strip()]


def _outside_quotes(text: str, start: int) -> list[tuple[int, str]]:
    quoted: set[int] = set()
    for match in re.finditer(r"'(?:\\.|[^'\\])*'", text[start:]):
        quoted.update(range(start + match.start(), start + match.end()))
    return [(position, text[position]) for position in range(start, len(text)) if position not in quoted]


def _seconds(column: str, window: Window) -> str:
    return f"{column} >= {_moment(window.from_ms)} AND {column} <= {_moment(window.to_ms)}"


def _milliseconds(column: str, window: Window) -> str:
    return f"{column} >= {_moment_ms(window.from_ms)} AND {column} <= {_moment_ms(window.to_ms)}"


def _days(column: str, window: Window) -> str:
    return f"{column} >= {_day(window.from_ms)} AND {column} <= {_day(window.to_ms)}"


def _days_and_seconds(columns: str, window: Window) -> str:
    day, moment = _split(columns)
    return f"({_days(day, window)}) AND ({_seconds(moment, window)})"


def _moment(unix_ms: int) -> str:
    return f"toDateTime({unix_ms // 1000})"


def _moment_ms(unix_ms: int) -> str:
    return f"fromUnixTimestamp64Milli({unix_ms})"


def _day(unix_ms: int) -> str:
    return f"toDate('{datetime.fromtimestamp(unix_ms / 1000, UTC):%Y-%m-%d}')"


def _interval_s(window: Window) -> int:
    return max(window.interval_ms // 1000, 1)


_TIME_MACROS: dict[str, Callable[[str, Window], str]] = {
    "timeFilter": _seconds,
    "timeFilter_ms": _milliseconds,
    "dateFilter": _days,
    "dateTimeFilter": _days_and_seconds,
    "dt": _days_and_seconds,
    "timeInterval": lambda column, window: f"toStartOfInterval(toDateTime({column}), INTERVAL {_interval_s(window)} second)",
    "timeInterval_ms": lambda column, window: (
        f"toStartOfInterval(toDateTime64({column}, 3), INTERVAL {max(window.interval_ms, 1)} millisecond)"
    ),
    "interval_s": lambda _, window: str(_interval_s(window)),
    "fromTime": lambda _, window: _moment(window.from_ms),
    "toTime": lambda _, window: _moment(window.to_ms),
    "fromTime_ms": lambda _, window: _moment_ms(window.from_ms),
    "toTime_ms": lambda _, window: _moment_ms(window.to_ms),
    "timeFrom": lambda column, window: f"{column} >= {_moment(window.from_ms)}",
    "timeTo": lambda column, window: f"{column} <= {_moment(window.to_ms)}",
}
_TIME_MACRO = re.compile(rf"\$__({'|'.join(_TIME_MACROS)})\b")
