"""The store: the one door to ClickHouse, embedded (chDB) or a server, and the one file that imports its client.

Must not know what the tables mean; statements come in as `Query` objects and values as parameters.
"""

from __future__ import annotations

import logging
import queue
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import clickhouse_connect
from clickhouse_connect import common
from clickhouse_connect.driver import options
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError, OperationalError

from spanhouse_collector.errors import InvalidSettings, QueryRejected, StoreUnavailable
from spanhouse_collector.storage.cluster import DDL_SETTINGS, clustered
from spanhouse_collector.storage.disk import sync_file_system
from spanhouse_collector.storage.queries import Query, load
from spanhouse_collector.storage.session import Session, engine_at

if TYPE_CHECKING:
    import polars

logger = logging.getLogger(__name__)
# It warns of each server that cannot be reached, without saying which; the error that then comes says it all.
logging.getLogger("clickhouse_connect.driver._backend.http_sync").setLevel(logging.ERROR)

# Every handle is kept when it comes back, so this bounds idle memory, not concurrency: a busy moment opens more.
_IDLE_HANDLES = 4
# Error codes (ClickHouse ErrorCodes.cpp) that say "not now" instead of "never": TIMEOUT_EXCEEDED, NETWORK_ERROR,
# SOCKET_TIMEOUT, TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, TOO_MANY_PARTS, KEEPER_EXCEPTION,
# CANNOT_WRITE_TO_FILE_DESCRIPTOR, NOT_ENOUGH_SPACE, TABLE_IS_READ_ONLY, ALL_CONNECTION_TRIES_FAILED.
_RETRYABLE_CODES = frozenset({159, 210, 209, 202, 241, 252, 999, 75, 243, 242, 279})
_CODE = re.compile(r"Code: (\d+)")
# Of an answer that is none of ClickHouse's: a proxy speaks, or a server that is starting.
_SERVER_ERROR = re.compile(r"HTTP status 5\d\d\b")
# A server that says nothing for so long is taken for lost; while a statement runs it tells of its progress more often.
_SILENCE_S = 60
# What the transport puts before the reason: an object's or a pool's representation.
_TRANSPORT = re.compile(r"^(?:<[^>]*>|HTTPS?ConnectionPool\([^)]*\)): ")

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A statement's result: ClickHouse's type of each column by its name, in order, and the rows; instants are aware, in UTC."""

    types: Mapping[str, str]
    rows: Sequence[Sequence[Any]]


def leave_pandas_out() -> None:
    """Keeps clickhouse-connect from loading pandas, for a process that is the service's own.

    Else it does to see whether the rows of an insert are a frame of it: 0.5 s before the first span is visible. From then on
    nobody in the process can ask that library for such frames.
    """
    options.__dict__.update(pd=None, pd_time_test=None)


class Store:
    """A database in ClickHouse.

    `url` is `chdb://PATH` (embedded; one process may own a path) or `http(s)://[user:password@]host[:port]`. `cluster` names the
    cluster of replicas that this server belongs to; '' is none. `read_only`: the database is there, and nothing is made.
    Safe to use from several threads: each call takes a handle of its own. All calls block.
    Raises QueryRejected for statements the store refuses, StoreUnavailable where trying again can help.
    """

    def __init__(self, url: str, *, database: str = "spanhouse", cluster: str = "", read_only: bool = False) -> None:
        for what, name in (("database", database), ("cluster", cluster or "none")):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                raise InvalidSettings(f"{what} {name!r} is not a name ClickHouse accepts; use letters, digits and _")
        self.url = url
        self.database = database
        self.is_embedded = url.startswith("chdb://")
        if cluster and self.is_embedded:
            raise InvalidSettings(f"cluster is {cluster!r} and the store is embedded; give --store one of the cluster's nodes")
        self.cluster = cluster
        self._idle: queue.LifoQueue[Client] = queue.LifoQueue(_IDLE_HANDLES)
        self.read_only = read_only
        if not read_only:
            self._create_database()

    def query(self, query: Query, params: Params | None = None) -> list[dict[str, Any]]:
        """Rows as dictionaries by column name, in the statement's order; instants are aware datetimes in UTC."""
        with self._handle() as client:
            result = client.query(query.text, parameters=_bound(params), tz_mode="aware")
            return list(result.named_results())

    def table(self, query: Query, params: Params | None = None) -> Table:
        """The result with its columns' types, also where there are no rows."""
        with self._handle() as client:
            result = client.query(query.text, parameters=_bound(params), tz_mode="aware")
            types = dict(zip(result.column_names, (kind.name for kind in result.column_types), strict=True))
            if not types:
                # Where there are no rows the engine sends no columns either.
                described = client.query(f"DESCRIBE (\n{query.text}\n)", parameters=_bound(params))
                types = {row["name"]: row["type"] for row in described.named_results()}
            return Table(types=types, rows=result.result_rows)

    def frame(self, query: Query, params: Params | None = None) -> polars.DataFrame:
        """The result as a polars frame; columns and dtypes are those of the statement."""
        # Polars costs 34 MB of memory, which a collector that answers no evaluator never needs.
        import polars

        with self._handle() as client:
            table = client.query_arrow(query.text, parameters=_bound(params), use_strings=True)
        frame = polars.from_arrow(table)
        if not isinstance(frame, polars.DataFrame):
            raise QueryRejected(f"{query.name} gave one array instead of a table; name its columns")
        return frame

    def execute(
        self, query: Query, params: Params | None = None, *, settings: Params | None = None, body: bytes | None = None
    ) -> None:
        """Runs a statement that returns nothing. `body` is the data of an INSERT that reads input() (servers only)."""
        with self._handle() as client:
            client.command(query.text, parameters=_bound(params), settings=dict(settings or {}), data=body)

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds rows to a table; every row has the columns of the first one. Committed when it returns."""
        if not rows:
            return
        columns = list(rows[0])
        with self._handle() as client:
            client.insert(table, [[row[column] for column in columns] for row in rows], column_names=columns)

    def insert_frame(self, table: str, frame: polars.DataFrame, *, settings: Params | None = None) -> None:
        """Adds a frame's rows to a table, by the names of its columns. Committed when it returns."""
        if not frame.is_empty():
            with self._handle() as client:
                # In one piece: Arrow's files hold one dictionary for each column.
                client.insert_arrow(table, frame.rechunk().to_arrow(), settings=dict(settings or {}))

    def raw(self, sql: str, params: Params | None = None, *, output_format: str, settings: Params | None = None) -> bytes:
        """A statement's result in one of ClickHouse's output formats, for those who speak to the store directly."""
        with self._handle() as client:
            return client.raw_query(sql, parameters=_bound(params), settings=dict(settings or {}), fmt=output_format)

    def change(self, query: Query) -> None:
        """Runs a statement that makes or changes a table; on every node, if the store is a cluster."""
        for part in self.form(query):
            self.execute(part, settings=DDL_SETTINGS if self.cluster else {})

    def form(self, query: Query) -> list[Query]:
        """What `change` runs."""
        return clustered(query, self.cluster) if self.cluster else [query]

    def catch_up(self, *tables: str) -> None:
        """Waits until this server has what others of its cluster stored before now."""
        for table in tables if self.cluster else ():
            self.execute(Query(name="catch_up", text=f"SYSTEM SYNC REPLICA `{table}` LIGHTWEIGHT"))

    def clock_ms(self) -> int:
        """The store's own time, in Unix ms: the one clock for what several processes write, whatever theirs say."""
        return int(self.query(load("spanhouse_collector.storage.sql", "clock"))[0]["now_ms"])

    def session(self) -> Session:
        """A handle of the embedded engine for one statement that somebody else wrote. Raises InvalidSettings for a server."""
        if not self.is_embedded:
            raise InvalidSettings(f"the store is {self.url.rpartition('@')[2]}, a server; speak to it directly")
        return Session(self._path())

    def end_sessions(self) -> None:
        """Cancels what sessions are running; each gives its caller a QueryRejected. For when the process is to end."""
        if self.is_embedded:
            self.query(load("spanhouse_collector.storage.sql", "end_sessions"))

    def give_back_memory(self) -> None:
        """Has the embedded engine return freed memory to the system, which it keeps otherwise; a server is left to its own."""
        if self.is_embedded:
            self.execute(load("spanhouse_collector.storage.sql", "give_back_memory"))

    def sync(self) -> None:
        """Waits until the embedded engine's disk has all that was stored; a server answers for its own.

        Raises StoreUnavailable if the disk refuses.
        """
        if not self.is_embedded:
            return
        try:
            sync_file_system(self._path())
        except OSError as error:
            raise StoreUnavailable(f"the disk does not keep what was stored: {error}; look after it", retry_after_s=5) from error

    def close(self) -> None:
        """Closes idle handles. May be called twice; handles in use close when they come back."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    @contextmanager
    def _handle(self) -> Iterator[Client]:
        try:
            client = self._idle.get_nowait()
        except queue.Empty:
            client = self._connect(self.database)
        try:
            with self._translated_errors():
                yield client
        finally:
            try:
                self._idle.put_nowait(client)
            except queue.Full:
                client.close()

    def _create_database(self) -> None:
        client = self._connect("default")
        try:
            with self._translated_errors():
                everywhere = f" ON CLUSTER `{self.cluster}`" if self.cluster else ""
                settings = DDL_SETTINGS if self.cluster else {}
                client.command(f"CREATE DATABASE IF NOT EXISTS `{self.database}`{everywhere}", settings=settings)
            # Before the other is closed: with its last handle an embedded engine stops, and would start twice.
            self._idle.put(self._connect(self.database))
        finally:
            client.close()

    def _connect(self, database: str) -> Client:
        common.set_setting("autogenerate_session_id", False)
        with self._translated_errors():
            if self.is_embedded:
                path = self._path()
                path.mkdir(parents=True, exist_ok=True)
                return clickhouse_connect.get_client(interface="chdb", path=engine_at(path), database=database)
            return clickhouse_connect.get_client(dsn=self.url, database=database, send_receive_timeout=_SILENCE_S)

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Turns the client's errors into ours; only the first line is kept, without the engine's stack."""
        try:
            yield
        except DatabaseError as error:
            message = str(error).splitlines()[0]
            if message.startswith("Unable to open the chdb engine"):
                problem = (
                    f"the embedded store {str(self._path())!r} cannot be opened; stop the process that has it, or ask that one"
                )
                raise StoreUnavailable(problem, retry_after_s=2) from error
            found = _CODE.search(message)
            if found is None and (isinstance(error, OperationalError) or _SERVER_ERROR.search(message)):
                raise self._unreachable(error) from error
            code = int(found.group(1)) if found else 0
            if code in _RETRYABLE_CODES or isinstance(error, OperationalError):
                raise StoreUnavailable(f"the store cannot answer now: {message}", retry_after_s=2) from error
            raise QueryRejected(f"the store refused a statement: {message}", code=code) from error
        except ClickHouseError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: ClickHouseError) -> StoreUnavailable:
        place = re.sub(r"//.*@", "//", self.url)
        return StoreUnavailable(f"the store at {place} cannot be reached: {_reason(error)}", retry_after_s=2)

    def _path(self) -> Path:
        return Path(self.url.removeprefix("chdb://"))


def _reason(error: ClickHouseError) -> str:
    """Why there was no answer: the first line alone, without the address that was called, in which a statement's values stand."""
    cause = error.__cause__
    said = getattr(cause, "reason", None) or cause or error
    return _TRANSPORT.sub("", str(said).splitlines()[0]).partition(" (for url ")[0]


def _bound(params: Params | None) -> dict[str, Any]:
    """Parameters as the client binds them: naive datetimes are refused, aware ones become UTC."""
    return {name: _utc(name, value) for name, value in (params or {}).items()}


def _utc(name: str, value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError(f"parameter {name} is the naive datetime {value!r}; give it a time zone")
    return value.astimezone(UTC)
