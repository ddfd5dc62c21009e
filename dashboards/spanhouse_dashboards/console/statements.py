"""Finds the console's statements, and the filters' choices. Must not know pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from spanhouse_collector.storage import Query, load
from spanhouse_dashboards.console.scope import Scope
from spanhouse_dashboards.macros import statement as without_comments
from spanhouse_dashboards.panels import FILTERS


@cache
def statement(name: str) -> Query:
    """The statement in `name`.sql without its comments, which the engine takes up to 0.5 ms to skip."""
    return Query(name=name, text=without_comments(load("spanhouse_dashboards.console.sql", name).text))


def choices(scope: Scope) -> Mapping[str, list[str]]:
    """What each filter offers: the values seen in the range, and the one chosen."""
    rows = scope.store.query(statement("facets"), scope.params())
    return {name: _with(list(rows[0][name]) if rows else [], scope.filters.get(name, "")) for name in FILTERS}


def _with(values: list[str], chosen: str) -> list[str]:
    return sorted({*values, chosen}) if chosen else values
