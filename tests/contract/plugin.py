"""What Grafana and its ClickHouse plugin do with a query: expand it, run it, reduce it, hold it against a threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from spanhouse_collector.storage import Query, Store
from spanhouse_dashboards.macros import Value, Window, expand, fill

Json = dict[str, Any]
Row = Mapping[str, Any]


def run(store: Store, sql: str, *, window: Window, variables: Mapping[str, Value]) -> list[dict[str, Any]]:
    """The rows of a query as a dashboard sends it, variables written as literals."""
    return store.query(Query(name="grafana", text=expand(fill(sql, variables), window)))


def window(start: datetime, end: datetime, *, interval_s: int = 60) -> Window:
    """A time range as Grafana passes it on."""
    return Window(from_ms=int(start.timestamp() * 1000), to_ms=int(end.timestamp() * 1000), interval_ms=interval_s * 1000)


def breached_segments(store: Store, rule: Json, *, at: datetime) -> set[frozenset[tuple[str, str]]]:
    """The label sets for which an alert rule's condition holds at an instant: query A, reduce B, threshold C."""
    query, reduce, threshold = (one["model"] for one in rule["data"])
    times = rule["data"][0]["relativeTimeRange"]
    span = window(at - timedelta(seconds=times["from"]), at - timedelta(seconds=times["to"]), interval_s=1)
    rows = store.query(Query(name="alert", text=expand(query["rawSql"], span)))
    series: dict[frozenset[tuple[str, str]], list[float]] = {}
    for row in rows:
        (number,) = (value for value in row.values() if isinstance(value, float | int))
        labels = frozenset((name, value) for name, value in row.items() if isinstance(value, str))
        series.setdefault(labels, []).append(float(number))
    reduced = {labels: _REDUCERS[reduce["reducer"]](values) for labels, values in series.items()}
    (evaluator,) = (condition["evaluator"] for condition in threshold["conditions"])
    limit = evaluator["params"][0]
    return {labels for labels, value in reduced.items() if (value > limit if evaluator["type"] == "gt" else value < limit)}


_REDUCERS: dict[str, Callable[[Sequence[float]], float]] = {
    "last": lambda values: values[-1],
    "min": min,
    "max": max,
    "sum": sum,
    "mean": lambda values: sum(values) / len(values),
}
