"""Brings a state database up to date: creates the tables it lacks, then changes those it has by numbered SQL files.

The tables as they are now are declared in Python, for every dialect; a file changes one table that an earlier release made.
A table that has just been created needs no change, so what touches it is recorded without being run. All of it is one
transaction that one process at a time may hold. Must not know what the tables mean.
"""

from __future__ import annotations

import hashlib
import logging
import re
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, DateTime, MetaData, String, Table, inspect, select, text
from sqlalchemy.engine import Engine

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import queries
from spanhouse_collector.storage.queries import Query

logger = logging.getLogger(__name__)

MIGRATIONS = "spanhouse_collector.storage.state_migrations"

_applied = Table(
    "state_migrations",
    MetaData(),
    Column("name", String(200), primary_key=True),
    Column("checksum", String(64), nullable=False),
    Column("applied_at", DateTime, nullable=False),
)
# Any number that nobody else locks in this database; PostgreSQL's advisory locks have no names.
_LOCK = 7_263_459
_TARGET = re.compile(r"^(?:ALTER TABLE|UPDATE|DELETE FROM|CREATE (?:UNIQUE )?INDEX \w+ ON) (\w+)", re.MULTILINE)


def upgrade(engine: Engine, metadata: MetaData) -> list[str]:
    """Creates and changes what it takes and returns the names of the migrations that were run. May be called again.

    Raises InvalidSettings if a file that was applied has changed since; then nothing is changed.
    """
    with engine.begin() as connection:
        _lock(connection)
        there = set(inspect(connection).get_table_names())
        metadata.create_all(connection)
        _applied.create(connection, checkfirst=True)
        known = {row.name: row.checksum for row in connection.execute(select(_applied))}
        ran = []
        for name in queries.names(MIGRATIONS):
            query = queries.load(MIGRATIONS, name)
            checksum = hashlib.sha256(query.text.encode()).hexdigest()
            if known.get(name, checksum) != checksum:
                raise InvalidSettings(
                    f"state migration {name} was applied and has changed since; restore the file and add a new one"
                )
            if name in known:
                continue
            if _table_of(query) in there:
                connection.execute(text(query.text))
                logger.info("state_migration_applied", extra={"migration": name})
                ran.append(name)
            applied_at = datetime.now(UTC).replace(tzinfo=None)
            connection.execute(_applied.insert().values(name=name, checksum=checksum, applied_at=applied_at))
    return ran


def _lock(connection: Connection) -> None:
    """Held until the transaction ends. SQLite's driver begins none by itself before it changes a table."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _table_of(query: Query) -> str:
    found = _TARGET.search(query.text)
    if found is None:
        raise InvalidSettings(
            f"state migration {query.name} does not begin with the table it changes; write ALTER TABLE name ..."
        )
    return found[1]
