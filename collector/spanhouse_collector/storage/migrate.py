"""Migrations: numbered SQL files, forward only, each applied once and guarded by its checksum.

A file holds one statement. Must not know what the statements create.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from typing import Literal

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import queries
from spanhouse_collector.storage.client import Store
from spanhouse_collector.storage.queries import Query

logger = logging.getLogger(__name__)

_MIGRATIONS = "spanhouse_collector.storage.migrations"
_SQL = "spanhouse_collector.storage.sql"

State = Literal["applied", "pending", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file: `name` as `0001_spans`, its statement, and its state in a store."""

    name: str
    query: Query
    checksum: str
    state: State


def status(store: Store) -> list[Migration]:
    """All migrations in order, with what this store has of them. Creates the table that remembers."""
    store.change(queries.load(_SQL, "create_migrations"))
    applied = _applied(store)
    found = []
    for name in queries.names(_MIGRATIONS):
        query = queries.load(_MIGRATIONS, name)
        checksum = hashlib.sha256(query.text.encode()).hexdigest()
        found.append(Migration(name=name, query=query, checksum=checksum, state=_state(applied.get(name), checksum)))
    return found


def migrate(store: Store, *, dry_run: bool = False) -> list[Migration]:
    """Applies what is pending, in order, and returns it; with `dry_run` returns it without applying.

    Raises InvalidSettings if a file that was applied has changed since. Safe to interrupt and rerun: a statement that
    was run and not yet recorded creates what exists already, which is told by the store and then recorded.
    """
    migrations = status(store)
    changed = [migration.name for migration in migrations if migration.state == "changed"]
    if changed:
        raise InvalidSettings(f"migration {changed[0]} was applied and has changed since; restore the file and add a new one")
    pending = [migration for migration in migrations if migration.state == "pending"]
    return pending if dry_run else [migration for group in _groups(store, pending) for migration in _apply(store, group)]


def _groups(store: Store, pending: list[Migration]) -> list[list[Migration]]:
    """What is recorded together: on a server each by itself, for another process may be at it too.

    An embedded store has one process, and a record for each file would be half of what its first start costs.
    """
    return [pending] if store.is_embedded else [[migration] for migration in pending]


def _apply(store: Store, group: list[Migration]) -> list[Migration]:
    """Those that this process ran. Another one that started together with it may have run some meanwhile."""
    applied = _applied(store)
    mine = [migration for migration in group if migration.name not in applied]
    for migration in mine:
        store.change(_rerunnable(migration.query))
        logger.info("migration_applied", extra={"migration": migration.name})
    store.insert("migrations", [{"name": migration.name, "checksum": migration.checksum} for migration in mine])
    return mine


def _applied(store: Store) -> dict[str, str]:
    """Checksums by name."""
    store.catch_up("migrations")
    return {row["name"]: row["checksum"] for row in store.query(queries.load(_SQL, "applied_migrations"))}


def _rerunnable(query: Query) -> Query:
    """The statement with IF NOT EXISTS, so that an interrupted run can go on."""
    text = query.text
    for what in ("CREATE TABLE ", "CREATE VIEW "):
        text = text.replace(f"\n{what}", f"\n{what}IF NOT EXISTS ", 1)
    return Query(name=query.name, text=text)


def _state(applied: str | None, checksum: str) -> State:
    if applied is None:
        return "pending"
    return "applied" if applied == checksum else "changed"
