"""Finds the console's statements, and the filters' choices. Must not know pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from spanhouse_collector.storage import load
from spanhouse_dashboards.console.scope import Scope
from spanhouse_dashboards.panels import FILTERS

statement = partial(load, "spanhouse_dashboards.console.sql")


def choices(scope: Scope) -> Mapping[str, list[str]]:
    """What each filter offers: the values seen in the range, and the one chosen."""
    rows = scope.store.query(statement("facets"), scope.params())
    return {name: _with(list(rows[0][name]) if rows else [], scope.filters.get(name, "")) for name in FILTERS}


def _with(values: list[str], chosen: str) -> list[str]:
    return sorted({*values, chosen}) if chosen else values
