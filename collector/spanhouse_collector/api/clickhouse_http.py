"""The read-only ClickHouse HTTP interface over the embedded engine, for Grafana's ClickHouse data source and other clients.

Speaks as a ClickHouse server does: statements by GET and POST, typed parameters, settings in the query string and in sessions,
errors as text with their code. What may be asked is decided by clickhouse_statement, what is seen by clickhouse_visible.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from spanhouse_collector.api import clickhouse_blocks, clickhouse_encoding, local
from spanhouse_collector.api.clickhouse_errors import CODES, rejected, status
from spanhouse_collector.api.clickhouse_names import CATALOGUES, is_format
from spanhouse_collector.api.clickhouse_native import header_block, with_revision
from spanhouse_collector.api.clickhouse_request import Question, Sent, asks_for_blocks, credentials, question
from spanhouse_collector.api.clickhouse_sessions import Sessions
from spanhouse_collector.api.clickhouse_statement import Admitted, Gate, Limits
from spanhouse_collector.api.clickhouse_visible import visible
from spanhouse_collector.api.keys import Access
from spanhouse_collector.errors import (
    Forbidden,
    Overloaded,
    QueryRejected,
    RetryableError,
    SpanhouseError,
    TooLarge,
    Unauthenticated,
)
from spanhouse_collector.model import Scope
from spanhouse_collector.otlp import body
from spanhouse_collector.settings import GatewaySettings
from spanhouse_collector.storage import Answer, Store

logger = logging.getLogger(__name__)

# Of columns without a time zone, whatever the machine's is.
_TIMEZONE = "UTC"
_TEXT = "text/plain; charset=UTF-8"
# What dashboards write into their statements, so that a reader of a log knows whose they are.
_COMMENT = re.compile(r"\blog_comment\s*=\s*'([\w-]{1,100})'")
_NOTHING = Answer(body=b"", read_rows=0, read_bytes=0, elapsed_ns=0)
_CONTENT_TYPES = {
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "Native": "application/octet-stream",
    "RowBinary": "application/octet-stream",
    "Parquet": "application/octet-stream",
    "Arrow": "application/octet-stream",
    "ArrowStream": "application/octet-stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayParts:
    """What the interface is made of. `told` is told of each answer: the project, the statement's log_comment, and seconds."""

    store: Callable[[], Store]
    access: Access
    settings: GatewaySettings
    told: Callable[[str, str, float], None] = lambda _project, _comment, _spent_s: None


@dataclass(slots=True)
class _Turns:
    """Places for statements: `running` at one time, some more waiting, others turned away."""

    running: asyncio.Semaphore
    most: int
    wait_s: float
    taken: int = field(default=0)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place to run. Raises Overloaded if too many wait, or after waiting too long."""
        if self.taken >= self.most:
            raise Overloaded(f"{self.taken} statements run or wait already; ask again in a second")
        self.taken += 1
        try:
            async with asyncio.timeout(self.wait_s):
                await self.running.acquire()
        except TimeoutError:
            self.taken -= 1
            raise Overloaded(f"no place came free within {self.wait_s:g} s; ask again, or less at once") from None
        try:
            yield
        finally:
            self.running.release()
            self.taken -= 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    answer: Answer
    output_format: str
    body: bytes
    timezone: str


def create_gateway(parts: GatewayParts) -> Starlette:
    """The application for the ClickHouse port."""
    gateway = _Gateway(parts)
    return Starlette(
        routes=[
            Route("/", gateway.statement, methods=["GET", "POST"]),
            Route("/ping", gateway.ping),
            Route("/replicas_status", gateway.ping),
        ],
        exception_handlers={404: _unknown_path, 405: _unknown_path},
    )


class _Gateway:
    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts
        self._sessions = Sessions()
        settings = parts.settings
        self._turns = _Turns(
            running=asyncio.Semaphore(settings.max_running),
            most=settings.max_running + settings.max_waiting,
            wait_s=settings.max_wait_s,
        )

    async def ping(self, request: Request) -> Response:
        """Whether somebody is here; ClickHouse asks no key for it."""
        reason = self._foreign(request)
        if reason:
            return _failure(CODES["ACCESS_DENIED"], reason)
        try:
            self._parts.store()
        except RetryableError as error:
            return _failure(CODES["NETWORK_ERROR"], str(error))
        return PlainTextResponse("Ok.\n", media_type="text/html", headers=_server_headers())

    async def statement(self, request: Request) -> Response:
        """Runs one statement. The one place where every failure becomes an answer, as in ClickHouse's own handler."""
        reason = self._foreign(request)
        if reason:
            return _failure(CODES["ACCESS_DENIED"], reason)
        try:
            return await self._answer(request)
        except Unauthenticated as error:
            return _failure(_code_of(error), str(error))
        except SpanhouseError as error:
            code = error.code if isinstance(error, QueryRejected) else _code_of(error)
            # Like a server: who asked for blocks gets errors in them too, once it is known who asks.
            return _failure(code, str(error), in_blocks=asks_for_blocks(request.query_params))

    def _foreign(self, request: Request) -> str:
        return local.foreign(request.headers) if self._parts.access.open_locally else ""

    async def _answer(self, request: Request) -> Response:
        limit = self._parts.settings.max_request_bytes
        content = await body.read(request.stream(), limit_bytes=limit)
        sent = Sent(headers=dict(request.headers), query=dict(request.query_params), body=content)
        project = await asyncio.to_thread(self._parts.access.project, credentials(sent), Scope.READ)
        asked = question(sent, limit_bytes=limit)
        async with self._turns.one():
            result = await asyncio.to_thread(self._run, asked, project)
            comment = _COMMENT.search(asked.sql)
            self._parts.told(project, comment[1] if comment else "", result.answer.elapsed_ns / 1e9)
            encoded = await asyncio.to_thread(_encoded, result.body, asked)
        headers = {**_server_headers(), **_result_headers(asked, result)}
        return Response(encoded, headers=headers, media_type=_CONTENT_TYPES.get(result.output_format, _TEXT))

    def _run(self, asked: Question, project: str) -> _Result:
        store = self._parts.store()
        database = self._database(asked, store)
        if not is_format(asked.default_format):
            raise rejected("UNKNOWN_FORMAT", f"format {asked.default_format} is not available here")
        with store.session() as session, self._sessions.one(project, asked.session) as held:
            seen = visible(session, database=store.database, project=project)
            gate = Gate(session=session, visible=seen, limits=self._limits(), database=database, params=asked.params)
            if held is not None and (changes := gate.session_changes(asked.sql)):
                held.update(changes)
                return _Result(answer=_NOTHING, output_format=asked.default_format, body=b"", timezone=_TIMEZONE)
            admitted = gate.admit(asked.sql, {"session_timezone": _TIMEZONE, **(held or {}), **asked.settings})
            return _read(gate, admitted, asked=asked)

    def _limits(self) -> Limits:
        settings = self._parts.settings
        return Limits(
            max_execution_time=settings.max_execution_s,
            max_memory_usage=settings.max_memory_bytes,
            max_result_bytes=settings.max_result_bytes,
        )

    def _database(self, asked: Question, store: Store) -> str:
        """The database of unqualified names. `default` is what clients say who were told nothing: ours."""
        if asked.database in ("", "default", store.database):
            return store.database
        if asked.database in CATALOGUES:
            return asked.database
        raise rejected("UNKNOWN_DATABASE", f"Database {asked.database[:100]} does not exist")


def _read(gate: Gate, admitted: Admitted, *, asked: Question) -> _Result:
    """Runs an admitted statement as the engine's reader."""
    gate.session.become_reader(gate.database, admitted.settings)
    answer = gate.session.run(admitted.text, asked.params, output_format=asked.default_format)
    output_format = admitted.output_format or asked.default_format
    content = answer.body
    if output_format == "Native":
        content = with_revision(content or _columns_alone(gate, admitted, asked), asked.protocol_version)
    return _Result(answer=answer, output_format=output_format, body=content, timezone=admitted.settings["session_timezone"])


def _columns_alone(gate: Gate, admitted: Admitted, asked: Question) -> bytes:
    """The one block of a SELECT without rows, which tells its columns; the engine writes none (ClickHouse issue 55939)."""
    description = gate.description_of(admitted)
    if description is None:
        return b""
    lines = gate.session.run(description, asked.params, output_format="JSONCompactEachRow").body.splitlines()
    return header_block((name, kind) for name, kind, *_ in map(json.loads, lines))


def _encoded(data: bytes, asked: Question) -> bytes:
    inner = clickhouse_blocks.compress(data) if asked.in_blocks else data
    return clickhouse_encoding.encode(inner, asked.encoding)


def _result_headers(asked: Question, result: _Result) -> dict[str, str]:
    answer = result.answer
    summary = {
        "read_rows": str(answer.read_rows),
        "read_bytes": str(answer.read_bytes),
        "written_rows": "0",
        "written_bytes": "0",
        "result_bytes": str(len(answer.body)),
        "elapsed_ns": str(answer.elapsed_ns),
    }
    headers = {
        "X-ClickHouse-Query-Id": asked.query_id,
        "X-ClickHouse-Format": result.output_format,
        "X-ClickHouse-Timezone": result.timezone,
        "X-ClickHouse-Summary": json.dumps(summary),
    }
    return headers | ({"Content-Encoding": asked.encoding} if asked.encoding else {})


def _server_headers() -> dict[str, str]:
    return {"X-ClickHouse-Server-Display-Name": "spanhouse", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _failure(code: int, message: str, *, in_blocks: bool = False) -> Response:
    """An error as ClickHouse tells it: text, its code in a header."""
    text = message if message.startswith("Code: ") else f"Code: {code}. DB::Exception: {message}"
    headers = {**_server_headers(), "X-ClickHouse-Exception-Code": str(code)}
    http_status = status(code)
    if http_status == 503:
        headers["Retry-After"] = "1"
    if http_status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
    content = f"{text}\n".encode()
    return Response(
        clickhouse_blocks.compress(content) if in_blocks else content, status_code=http_status, headers=headers, media_type=_TEXT
    )


def _code_of(error: SpanhouseError) -> int:
    """The code that ClickHouse has for an error of ours."""
    if isinstance(error, Unauthenticated):
        return CODES["REQUIRED_PASSWORD" if str(error).startswith("no key") else "AUTHENTICATION_FAILED"]
    names: list[tuple[type[SpanhouseError], str]] = [
        (Forbidden, "ACCESS_DENIED"),
        (Overloaded, "TOO_MANY_SIMULTANEOUS_QUERIES"),
        (RetryableError, "NETWORK_ERROR"),
        (TooLarge, "TOO_MANY_BYTES"),
    ]
    return CODES[next((name for kind, name in names if isinstance(error, kind)), "BAD_ARGUMENTS")]


async def _unknown_path(request: Request, _error: Exception) -> Response:
    return PlainTextResponse(
        f"There is no handle {request.url.path}; statements go to /\n", status_code=404, headers=_server_headers()
    )
