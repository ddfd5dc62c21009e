"""What a rule reads from the store at a moment: one number a segment. Must not know states or notifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from typing import TYPE_CHECKING

from spanhouse_collector.errors import QueryRejected
from spanhouse_collector.storage import Query, Store
from spanhouse_dashboards.alerts.kinds import sql_variables
from spanhouse_dashboards.alerts.model import Reduce, Rule, rule_sql
from spanhouse_dashboards.macros import Binder, Window, expand, fill

if TYPE_CHECKING:
    import polars

# Grafana's interval for alert queries; rules write their buckets out, so it only has to be the same.
_INTERVAL_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A segment (column name to value; empty for the whole project) and its number."""

    segment: Mapping[str, str]
    value: float


def read(store: Store, rule: Rule, *, project: str, at: datetime) -> list[Reading]:
    """The rule's readings for a project at an instant, past or present, in the statement's order.

    Raises QueryRejected if the SQL has no column `value`, StoreUnavailable where trying again can help.
    """
    binder = Binder()
    filled = fill(rule_sql(rule), sql_variables(rule, project), quote=binder)
    frame = store.frame(Query(name=rule.sql, text=expand(filled, window_of(rule, at))), binder.params)
    return readings_of(rule, frame)


def window_of(rule: Rule, at: datetime) -> Window:
    """The range the rule looks at when it is evaluated at this instant."""
    end = at - timedelta(seconds=rule.delay_s)
    start = end - timedelta(seconds=rule.window_s)
    return Window(from_ms=int(start.timestamp() * 1000), to_ms=int(end.timestamp() * 1000), interval_ms=_INTERVAL_MS)


def readings_of(rule: Rule, frame: polars.DataFrame) -> list[Reading]:
    """The rows as readings: text columns are the segment; values of one segment are reduced; nulls and NaN are no value."""
    if "value" not in frame.columns:
        raise QueryRejected(f"the SQL {rule.sql} of rule {rule.id} gives no column named value; name one so")
    labels = [name for name in frame.columns if name not in ("time", "value")]
    found: dict[tuple[str, ...], list[float]] = {}
    for row in frame.iter_rows(named=True):
        if row["value"] is not None and not isnan(row["value"]):
            found.setdefault(tuple(str(row[name]) for name in labels), []).append(float(row["value"]))
    return [
        Reading(segment=dict(zip(labels, segment, strict=True)), value=_reduced(rule.reduce, values))
        for segment, values in found.items()
    ]


def _reduced(reduce: Reduce, values: Sequence[float]) -> float:
    match reduce:
        case "last":
            return values[-1]
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "sum":
            return sum(values)
        case "mean":
            return sum(values) / len(values)
