"""Stores for tests, in which rows of any day stay. Must not know any feature of the product."""

from __future__ import annotations

from spanhouse_collector.storage import Query, Store, migrate


def migrated(engine_url: str, *, database: str) -> Store:
    """An empty store with all tables."""
    store = Store(engine_url, database=database)
    migrate(store)
    # Tests have fixed days, and some tables forget: a month later their rows would be gone while a test looks.
    store.execute(Query(name="keep_old_rows", text="SYSTEM STOP TTL MERGES"))
    return store
