"""The price book: keeps the table of prices filled for the models that come up, from projects' own prices and the catalogue.

Must not know how a cost is computed from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from spanhouse_collector.ingest.overrides import Override, override_entries
from spanhouse_collector.ingest.prices import LOOKED_UP, catalogue_entries
from spanhouse_collector.ingest.staged import ModelKey
from spanhouse_collector.storage import Query, Store, load

_SQL = "spanhouse_collector.ingest.sql"

#: Gives the overrides of a project.
OverridesOf = Callable[[str], Sequence[Override]]


class PriceBook:
    """Prices in one store. Remembers which models it has looked up; for one thread at a time."""

    def __init__(self, store: Store, overrides_of: OverridesOf) -> None:
        self._store = store
        self._overrides_of = overrides_of
        # What an older catalogue gave is looked up again when the model comes up.
        self._known = self._models({"catalogue": LOOKED_UP, "project": ""})

    def add(self, models: Iterable[ModelKey]) -> None:
        """Looks up those that were not looked up yet."""
        new = set(models) - self._known
        self._resolve(new)
        self._known |= new

    def refresh(self, project: str) -> None:
        """Looks up again all that a project has used, after its own prices or the catalogue have changed."""
        self._resolve(self._models({"catalogue": "", "project": project}))

    def _models(self, params: dict[str, str]) -> set[ModelKey]:
        return _keys(self._store, load(_SQL, "priced_models"), params)

    def _resolve(self, models: set[ModelKey]) -> None:
        overrides = {project: self._overrides_of(project) for project in {project for project, _, _ in models}}
        rows = []
        for project, provider, model in sorted(models):
            entries = [*catalogue_entries(provider, model), *override_entries(overrides[project], provider=provider, model=model)]
            prices = [entry.row() for entry in entries]
            rows.append({"project": project, "provider": provider, "model": model, "entries": prices, "catalogue": LOOKED_UP})
        self._store.insert("prices", rows)


def cost_parts(store: Store, *, project: str, trace_id: str, span_id: str, bounds: Mapping[str, int]) -> dict[str, str] | None:
    """What one span's computed cost is made of, USD as text; None if it was not computed, or at another price than today's.

    `bounds` are start_ns and end_ns, between which the span starts.
    """
    params = {"project": project, "trace_id": trace_id, "span_id": span_id, **bounds}
    found = store.query(load(_SQL, "cost_parts"), params)
    return found[0] if found else None


def _keys(store: Store, query: Query, params: dict[str, str]) -> set[ModelKey]:
    return {(row["project"], row["provider"], row["model"]) for row in store.query(query, params)}
