"""The embedded engine as a server runs it: a connection for each request, one that stays for each session. Must not know HTTP."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chdb

from spanhouse_collector.storage.session import quoted
from tests.clickhouse_server.request import Asked

# A server reads the data behind an INSERT … SELECT … FROM input(…); the embedded engine takes such a statement and reads nothing.
_INPUT = re.compile(rb"\binput\(('(?:[^'\\]|\\.)*')\)")
_FORMAT = re.compile(rb"\nFORMAT (\w+)(?:\n|$)")


# What a cluster's form adds to a statement. The embedded engine takes none of it: it has neither Keeper nor workers for DDL.
_CLUSTER = re.compile(rb" ON CLUSTER `house`|(?<=ENGINE = )Replicated")
_SYNC = re.compile(rb"SYSTEM SYNC REPLICA `\w+` LIGHTWEIGHT")


class Engine:
    """Statements on one data folder. Safe to use from several threads.

    To clients it may be the one node of a cluster named `house`: what is said to the cluster is done here.
    """

    def __init__(self, path: Path) -> None:
        self._url = f"file:{path.resolve()}"
        self._folder = path
        self._sessions: dict[str, tuple[Any, threading.Lock]] = {}
        self._sessions_lock = threading.Lock()
        # Keeps the engine running between requests.
        self._first = chdb.connect(self._url)

    def run(self, asked: Asked) -> bytes:
        """The statement's result. Raises chdb.ChdbError with ClickHouse's own text."""
        with self._connection(asked.session_id) as connection:
            connection.query(f"USE `{asked.database}`")
            for name, value in asked.settings.items():
                connection.query(f"SET {name} = {quoted(value)}")
            if (reading := _INPUT.search(asked.statement)) and (split := _FORMAT.search(asked.statement, reading.end())):
                return self._insert_input(connection, asked, reading, split)
            return self._query(
                connection, asked, b"SELECT 1 LIMIT 0" if _SYNC.fullmatch(asked.statement) else _CLUSTER.sub(b"", asked.statement)
            )

    def _insert_input(self, connection: Any, asked: Asked, reading: re.Match[bytes], split: re.Match[bytes]) -> bytes:
        """Has the engine take the statement as it came, then run it with the data in a file."""
        self._query(connection, asked, asked.statement[: split.end(1)] + b"\n0")
        with tempfile.NamedTemporaryFile(dir=self._folder) as data:
            data.write(asked.statement[split.end() :])
            data.flush()
            source = b"file('%s', '%s', %s)" % (data.name.encode(), split[1], reading[1])
            statement = asked.statement[: reading.start()] + source + asked.statement[reading.end() : split.start()]
            return self._query(connection, asked, statement)

    @staticmethod
    def _query(connection: Any, asked: Asked, statement: bytes) -> bytes:
        return bytes(connection.query(statement, asked.output_format, params=dict(asked.params)).bytes() or b"")

    @contextmanager
    def _connection(self, session_id: str) -> Iterator[Any]:
        if not session_id:
            connection = chdb.connect(self._url)
            try:
                yield connection
            finally:
                connection.close()
            return
        with self._sessions_lock:
            if session_id not in self._sessions:
                self._sessions[session_id] = (chdb.connect(self._url), threading.Lock())
            connection, lock = self._sessions[session_id]
        with lock:
            yield connection
