"""What the service tells of itself as metrics in its own store, once a minute: journals, tables, what was left out, costs.

Charts of the console and of Grafana then read it as any other data. What concerns the whole service is told to each project.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from spanhouse_collector.ingest.figures import Count
from spanhouse_collector.ingest.journal import Backlog
from spanhouse_collector.storage import Store, load
from spanhouse_server.periodic import Periodic

_EVERY_S = 60.0
# Enough for the tables that matter: all others together are a few megabytes.
_MOST_TABLES = 12

# A project and a dashboard.
Asked = tuple[str, str]
_Labels = tuple[tuple[str, str], ...]


class QueryCosts:
    """How many seconds statements ran, by project and dashboard. Safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent_s: defaultdict[Asked, float] = defaultdict(float)

    def add(self, project: str, dashboard: str, *, spent_s: float) -> None:
        """Counts a statement that ran so long."""
        with self._lock:
            self._spent_s[project, dashboard] += spent_s

    def take(self) -> dict[Asked, float]:
        """What was added since the last call."""
        with self._lock:
            taken, self._spent_s = dict(self._spent_s), defaultdict(float)
        return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the figures come from. `projects` are those that are told of the whole service."""

    instance: str
    projects: Callable[[], Iterable[str]]
    backlogs: Callable[[], Mapping[str, Backlog]]
    counts: Callable[[], Iterable[Count]]
    costs: QueryCosts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    name: str
    unit: str
    value: float
    labels: Mapping[str, str]
    is_sum: bool = False


class OwnMetrics:
    """Writes the figures once a minute, in a thread of its own, until it is stopped. A minute without the store is left out."""

    def __init__(self, store: Store, sources: Sources) -> None:
        self._store = store
        self._sources = sources
        self._since = datetime.now(UTC)
        self._left_out: dict[_Labels, int] = {}
        self._periodic = Periodic(self.write, every_s=_EVERY_S, name="own-metrics")

    def start(self) -> None:
        """Begins; the first figures follow after a minute."""
        self._periodic.start()

    def stop(self) -> None:
        """Ends. May be called twice."""
        self._periodic.stop()

    def write(self) -> None:
        """Stores the figures as they stand. Raises what the store raises."""
        since, self._since = self._since, datetime.now(UTC)
        told = {"time": self._since, "start_time": since, "instance": self._sources.instance}
        costs = self._sources.costs.take()
        whole = [*_of_journals(self._sources.backlogs()), *self._of_tables(), *self._of_counts()]
        rows = [_row(project, figure, told=told) for project in self._sources.projects() for figure in whole]
        rows += [_row(project, _cost(dashboard, spent_s), told=told) for (project, dashboard), spent_s in costs.items()]
        self._store.insert("metrics_points", rows)

    def _of_tables(self) -> Iterator[_Figure]:
        for row in self._store.query(load("spanhouse_server.sql", "table_sizes"), {"limit": _MOST_TABLES}):
            yield _Figure(name="spanhouse.store.size", unit="By", value=row["disk_bytes"], labels={"table": row["table"]})

    def _of_counts(self) -> Iterator[_Figure]:
        """What was left out of requests since the last time."""
        for count in self._sources.counts():
            if count.name == "items_rejected":
                more = count.value - self._left_out.get(count.labels, 0)
                self._left_out[count.labels] = count.value
                if more:
                    yield _Figure(
                        name="spanhouse.items.rejected", unit="{item}", value=more, labels=dict(count.labels), is_sum=True
                    )


def _of_journals(backlogs: Mapping[str, Backlog]) -> Iterator[_Figure]:
    for signal, backlog in backlogs.items():
        yield _Figure(name="spanhouse.journal.size", unit="By", value=backlog.size_bytes, labels={"signal": signal})
        yield _Figure(name="spanhouse.journal.age", unit="s", value=backlog.age_s, labels={"signal": signal})


def _cost(dashboard: str, spent_s: float) -> _Figure:
    return _Figure(name="spanhouse.query.duration", unit="s", value=spent_s, labels={"dashboard": dashboard}, is_sum=True)


def _row(project: str, figure: _Figure, *, told: Mapping[str, Any]) -> dict[str, Any]:
    """A point as the collector would have stored it."""
    identity = repr((figure.name, sorted(figure.labels.items()), told["instance"], told["time"].isoformat()))
    return {
        "project": project,
        "name": figure.name,
        "unit": figure.unit,
        "kind": "sum" if figure.is_sum else "gauge",
        "temporality": "delta" if figure.is_sum else "unspecified",
        "is_monotonic": figure.is_sum,
        "start_time": told["start_time"],
        "time": told["time"],
        "service": "spanhouse",
        "value": float(figure.value),
        "attributes": dict(figure.labels),
        "attribute_kinds": ["string_value"] * len(figure.labels),
        "resource_attributes": {"service.name": "spanhouse", "service.instance.id": told["instance"]},
        "resource_attribute_kinds": ["string_value", "string_value"],
        "point_hash": int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), "big"),
        "received_at": told["time"],
    }
