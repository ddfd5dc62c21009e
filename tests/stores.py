"""Stores for tests, in which rows of any day stay. Must not know any feature of the product."""

from __future__ import annotations

import errno
import os
from functools import cache
from pathlib import Path

import pytest

from spanhouse_collector.storage import Query, Store, migrate

_MODEL = "migrated_once"
_COPY_MIGRATIONS = f"INSERT INTO migrations SELECT * FROM {_MODEL}.migrations"  # noqa: S608 - a constant
# Views after the tables that they read.
_STATEMENTS = """
SELECT create_table_query AS statement FROM system.tables
WHERE database = currentDatabase()
ORDER BY engine = 'View', name
"""


def migrated(engine_url: str, *, database: str) -> Store:
    """An empty store with all tables, copied from one that was migrated: half of the CPU that migrating each would take."""
    statements = _statements_of_model(engine_url)
    store = Store(engine_url, database=database)
    for statement in statements:
        store.execute(Query(name="copy_table", text=statement.replace(f"{_MODEL}.", f"{database}.")))
    store.execute(Query(name="copy_migrations", text=_COPY_MIGRATIONS))
    # Tests have fixed days, and some tables forget: a month later their rows would be gone while a test looks.
    store.execute(Query(name="keep_old_rows", text="SYSTEM STOP TTL MERGES"))
    return store


def break_disk(patch: pytest.MonkeyPatch) -> None:
    """Has the disk refuse to take anything for good, as long as the patch lasts."""

    def refuse(_path: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    patch.setattr("spanhouse_collector.storage.client.sync_file_system", refuse)


@cache
def _statements_of_model(engine_url: str) -> tuple[str, ...]:
    model = Store(engine_url, database=_MODEL)
    migrate(model)
    rows = model.query(Query(name="statements", text=_STATEMENTS))
    model.close()
    return tuple(row["statement"] for row in rows)
