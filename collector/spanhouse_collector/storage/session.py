"""A handle of the embedded engine for one statement that somebody else wrote, and the engine's configuration.

The statement runs as the engine's role `reader` (engine/users.xml), which the engine itself holds to reading tables. A session
is opened for one statement and thrown away (0.6 ms), so that no setting outlives it. Must not know what a statement may say.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import chdb

from spanhouse_collector.errors import QueryRejected, StoreUnavailable

_CONFIG = Path(__file__).with_name("engine") / "config.xml"

_CODE = re.compile(r"Code: (\d+)")


def engine_at(path: Path) -> str:
    """How every handle in this process names the engine: where it keeps its data, and the configuration of its one user."""
    return f"file:{path.resolve()}?config-file={_CONFIG}"


def is_taken(path: Path) -> bool:
    """Whether another process has the engine open over this folder."""
    try:
        with (path / "status").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                # The engine writes into the file whose it is.
                return f"PID: {os.getpid()}\n".encode() not in lock.read()
    except FileNotFoundError:
        return False
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a statement gave: its result in the format that was asked for, and what reading it took."""

    body: bytes
    read_rows: int
    read_bytes: int
    elapsed_ns: int


class Session:
    """One handle, for one thread. A context manager; blocks. Every refusal is a QueryRejected with ClickHouse's code and text."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = chdb.connect(engine_at(path))
        except (RuntimeError, chdb.ChdbError) as error:
            raise StoreUnavailable(f"the embedded engine cannot be reached: {error}", retry_after_s=2) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def become_reader(self, database: str, settings: Mapping[str, str]) -> None:
        """Gives up everything but reading. Only a statement `SET ROLE` could take it back, so the caller lets none through.

        Settings are given as ClickHouse writes their values; the caller has checked them.
        """
        self.run(f"USE `{database}`")
        self.run("SET ROLE reader")
        for name, value in settings.items():
            self.run(f"SET {name} = {quoted(value)}")
        # 2: reads only, and the statement may still carry settings of its own, which the caller has checked.
        self.run("SET readonly = 2")

    def run(self, sql: str, params: Mapping[str, str] | None = None, *, output_format: str = "TabSeparated") -> Answer:
        """Runs one statement. Parameters are texts as ClickHouse's HTTP interface takes them (escaped as in TabSeparated)."""
        try:
            result = self._connection.query(sql, output_format, params=dict(params or {}))
        except (RuntimeError, chdb.ChdbError) as error:
            text = str(error)
            found = _CODE.search(text)
            message = text[found.start() :].strip() if found else text.strip()
            raise QueryRejected(message, code=int(found.group(1)) if found else 0) from error
        return Answer(
            body=bytes(result.bytes() or b""),
            read_rows=result.storage_rows_read(),
            read_bytes=result.storage_bytes_read(),
            elapsed_ns=int(result.elapsed() * 1_000_000_000),
        )


def quoted(text: str) -> str:
    """The text as a string literal of ClickHouse's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def escaped(text: str) -> str:
    """The text as the value of a statement's parameter of type String."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\0")
