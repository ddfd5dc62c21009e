"""A rule's readings at many moments in one statement, for replays: the rule's own SQL with its range made a column.

The statements carry what this takes in comments, which everybody else drops: `/*+ text */` stands in a replay alone, what is
between `/*live*/` and `/*end*/` stands everywhere else. In a replay each row meets every moment whose range may hold it
(`$__moments(column)`, an array to join), the range's ends follow from the column `moment`, and `$__replayed(column)`
keeps the reading to the time replayed. Must not know states.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from spanhouse_collector.storage import Query, Store, load
from spanhouse_dashboards.alerts.kinds import sql_variables
from spanhouse_dashboards.alerts.model import SQL_PACKAGE, Rule
from spanhouse_dashboards.macros import Binder, fill, statement

if TYPE_CHECKING:
    import polars

_LIVE_ONLY = re.compile(r"/\*live\*/.*?/\*end\*/", re.DOTALL)
_REPLAY_ONLY = re.compile(r"/\*\+(.*?)\*/", re.DOTALL)
_MACRO = re.compile(r"\$__(moments|replayed|timeFilter|fromTime|toTime)\b")
# Statements that take whole minutes look up to a minute further back than their range.
_GRAIN_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """`count` moments, `step_s` seconds apart, from `first` on (aware, whole seconds)."""

    first: datetime
    step_s: int
    count: int

    @property
    def last(self) -> datetime:
        """The moment at the end."""
        return self.first + timedelta(seconds=self.step_s * (self.count - 1))


def read_all(store: Store, rule: Rule, *, project: str, moments: Moments) -> polars.DataFrame:
    """The rule's rows at each moment: those of `readings.read`, with the column `moment` (Unix seconds) before them.

    Moments without rows are not there; the order is by moment. Raises QueryRejected, StoreUnavailable.
    """
    # Imported where it is needed: until somebody replays a rule, its 30 MB would lie idle.
    import polars

    binder = Binder()
    text = fill(bulk_sql(rule), sql_variables(rule, project), quote=binder)
    frame = store.frame(Query(name=rule.sql, text=_expanded(text, rule, moments)), binder.params)
    evaluated_s = polars.col("moment").cast(polars.Int64) + rule.delay_s
    return frame.with_columns(evaluated_s.alias("moment")).sort("moment", maintain_order=True)


def bulk_sql(rule: Rule) -> str:
    """The rule's SQL in its form for many moments, macros and variables unexpanded."""
    text = load(SQL_PACKAGE, rule.sql).text
    return statement(_REPLAY_ONLY.sub(r"\1", _LIVE_ONLY.sub("", text)))


def _expanded(text: str, rule: Rule, moments: Moments) -> str:
    """The macros, innermost first. In the statement a moment is the range's end: the evaluation less the rule's delay."""
    macros: dict[str, Callable[[list[str]], str]] = {
        "moments": lambda given: _moments(
            given[0], given[1] if len(given) > 1 else str(rule.window_s), rule=rule, moments=moments
        ),
        "replayed": lambda given: _replayed(given[0], rule=rule, moments=moments),
        "timeFilter": lambda given: f"({given[0]} >= {_from_time(rule)} AND {given[0]} <= moment)",
        "fromTime": lambda _: _from_time(rule),
        "toTime": lambda _: "moment",
    }
    while found := list(_MACRO.finditer(text)):
        last = found[-1]
        given, end = ([], last.end()) if last[1] in ("fromTime", "toTime") else _arguments(text, last.end())
        text = text[: last.start()] + macros[last[1]](given) + text[end:]
    return text


def _arguments(text: str, opening: int) -> tuple[list[str], int]:
    """The arguments in the parentheses at `opening`, split at the commas that lie in no further ones, and where they end."""
    depth, parts, start = 0, [], opening + 1
    for position in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0 or (depth == 1 and text[position] == ","):
            parts.append(text[start:position].strip())
            start = position + 1
        if depth == 0:
            break
    return parts, start


def _moments(column: str, length_s: str, *, rule: Rule, moments: Moments) -> str:
    """The moments whose range, so long, may hold a row of this time: a few too many at either end, which WHERE sorts out."""
    first, step = _unix(moments.first) - rule.delay_s, moments.step_s
    since_s = f"(toInt64(toUnixTimestamp({column})) - {first})"
    low = f"greatest(0, intDiv({since_s}, {step}) - 1)"
    high = f"least({moments.count}, intDiv({since_s} + {length_s} + {_GRAIN_S}, {step}) + 1)"
    return f"arrayMap(k -> toDateTime({first} + k * {step}, 'UTC'), range({low}, greatest({low}, {high})))"


def _replayed(column: str, *, rule: Rule, moments: Moments) -> str:
    earliest = _unix(moments.first) - rule.delay_s - rule.window_s - _GRAIN_S
    return f"({column} >= toDateTime({earliest}) AND {column} <= toDateTime({_unix(moments.last)}))"


def _from_time(rule: Rule) -> str:
    return f"(moment - INTERVAL {rule.window_s} SECOND)"


def _unix(instant: datetime) -> int:
    return int(instant.astimezone(UTC).timestamp())
