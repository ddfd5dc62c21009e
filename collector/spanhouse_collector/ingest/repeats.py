"""Calls that several spans report: one of these counts, the others are stored again as plain spans that cost nothing.

Runs before minutes are recomputed, over what is stored, so that it does not matter in which order, in which batch and by
which signal the reports came. Must not know any dialect.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spanhouse_collector.ingest.dialects import SELF_RECORDING_SCOPES
from spanhouse_collector.ingest.staged import Minute
from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"


def set_repeats_aside(store: Store, changed: Iterable[Minute]) -> set[Minute]:
    """Looks around minutes that changed; returns the minutes in which it changed spans. May be repeated."""
    window = {**_lists(changed, "projects", "minutes"), "clients": list(SELF_RECORDING_SCOPES)}
    found = {(row["project"], row["minute"]) for row in store.query(load(_SQL, "repeated_minutes"), window)}
    if found:
        # Spans that arrive meanwhile wait for the next look, unless their minutes are recomputed anyway.
        params = {**window, **_lists(found, "in_projects", "in_minutes")}
        store.execute(load(_SQL, "set_repeats_aside"), params)
    return found


def _lists(minutes: Iterable[Minute], projects: str, starts: str) -> dict[str, Any]:
    """Minutes as two parallel lists."""
    ordered = sorted(minutes)
    return {projects: [project for project, _ in ordered], starts: [minute for _, minute in ordered]}
