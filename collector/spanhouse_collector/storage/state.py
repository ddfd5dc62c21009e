"""Small transactional state: SQLite beside the embedded store, PostgreSQL when there is more than one process.

A room that keeps state declares its tables on `metadata` in a `tables.py` of its own; this file knows none of them. What
changes a declared table after its release also needs a file in `state_migrations/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, MetaData, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError

from spanhouse_collector.errors import InvalidSettings, StoreUnavailable
from spanhouse_collector.storage.state_upgrade import upgrade

metadata = MetaData()

# A writer waits this long for another one before it gives up; transactions here take milliseconds.
_BUSY_TIMEOUT_MS = 5_000


class State:
    """The state database at an SQLAlchemy `url` (`sqlite:///PATH` or `postgresql+psycopg://…`). Safe from several threads."""

    def __init__(self, url: str) -> None:
        try:
            self._engine = create_engine(url)
        except (ArgumentError, ImportError) as error:
            kind = url.partition(":")[0]
            raise InvalidSettings(
                f"the state database is a {kind!r} and cannot be used ({error}); give postgresql+psycopg://… and install "
                "spanhouse-server[postgresql], or leave it out for SQLite"
            ) from error
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)

    @property
    def engine(self) -> Engine:
        """For what looks at the database's own shape."""
        return self._engine

    def create_tables(self) -> None:
        """Creates the tables declared so far that do not exist yet, and brings older ones up to date. May be called twice."""
        try:
            upgrade(self._engine, metadata)
        except DBAPIError as error:
            raise StoreUnavailable(f"the state database cannot answer now: {error.orig}") from error

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back on an error. Raises StoreUnavailable if the database is away."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise StoreUnavailable(f"the state database cannot answer now: {error.orig}") from error

    def close(self) -> None:
        """Closes the connections. May be called twice."""
        self._engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Readers do not wait for writers (WAL), and what is committed survives a power cut (FULL)."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
