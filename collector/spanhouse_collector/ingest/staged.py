"""What lies decoded in a staging table of spans, as the steps that store it need to know it. Must not know those steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from spanhouse_collector.storage import Store, load

_SQL = "spanhouse_collector.ingest.sql"

#: A project and a minute whose spans changed.
Minute = tuple[str, datetime]
#: A project, a provider and a model as spans name them.
ModelKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When calls were, and in which projects."""

    projects: Sequence[str]
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A batch of spans in outline."""

    #: Rows that others are to take the place of first.
    untranslated: int
    #: Those with usage, to be priced.
    models: frozenset[ModelKey]
    minutes: frozenset[Minute]
    #: None if there are no calls.
    calls: Times | None


def look(store: Store, staging: str) -> Staged:
    """What lies in the table now."""
    groups = store.query(load(_SQL, "staged_groups"), {"staging": staging})
    stored = [group for group in groups if group["stays"]]
    return Staged(
        untranslated=sum(group["untranslated"] for group in groups),
        models=frozenset((group["project"], group["provider"], group["model"]) for group in stored if group["with_usage"]),
        minutes=frozenset((group["project"], group["minute"]) for group in stored),
        calls=_times([group for group in groups if group["calls"]]),
    )


def _times(groups: Sequence[Mapping[str, Any]]) -> Times | None:
    if not groups:
        return None
    return Times(
        projects=sorted({group["project"] for group in groups}),
        first=min(group["first"] for group in groups),
        last=max(group["last"] for group in groups),
    )
