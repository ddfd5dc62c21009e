"""What a client of the ClickHouse HTTP interface asks: its parts gathered from query string, headers, form and body.

Must not know the store, nor whether the question is allowed.
"""

from __future__ import annotations

import email.parser
import email.policy
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from spanhouse_collector.api import clickhouse_blocks, clickhouse_encoding
from spanhouse_collector.api.clickhouse_errors import rejected
from spanhouse_collector.api.clickhouse_sessions import DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S, Wanted
from spanhouse_collector.errors import InvalidRequest

_PARAMETER = "param_"
_FORM = "multipart/form-data"
_LONGEST_SESSION_NAME = 128
_QUERY_ID = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request. `default_format` is for a statement that names none; `encoding` is '' for a plain result.

    `in_blocks` asks for ClickHouse's own compressed blocks, inside any encoding.
    """

    sql: str
    params: Mapping[str, str]
    settings: Mapping[str, str]
    database: str = ""
    default_format: str = "TabSeparated"
    query_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    encoding: str = ""
    protocol_version: int = 0
    in_blocks: bool = False
    session: Wanted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request as it came: header names in lower case, the last value of each name in the query string."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


def question(sent: Sent, *, limit_bytes: int) -> Question:
    """What the request asks. Raises InvalidRequest, or TooLarge beyond the limit after decompression."""
    encoding = sent.headers.get("content-encoding", "").strip().lower()
    body = clickhouse_encoding.decode(sent.body, encoding, limit_bytes=limit_bytes)
    values = dict(sent.query)
    if _is_on(values, "decompress"):
        body = clickhouse_blocks.decompress(body, limit_bytes=limit_bytes)
    if sent.headers.get("content-type", "").startswith(_FORM):
        values |= _form(sent.headers["content-type"], body)
        body = b""
    sql = "\n".join(part for part in (values.get("query", ""), _text(body)) if part)
    if not sql.strip():
        raise InvalidRequest("no statement was sent; put it into `query` or into the body")
    return Question(
        sql=sql,
        params={name.removeprefix(_PARAMETER): value for name, value in values.items() if name.startswith(_PARAMETER)},
        settings={name: value for name, value in values.items() if not name.startswith(_PARAMETER)},
        database=values.get("database") or sent.headers.get("x-clickhouse-database", ""),
        default_format=values.get("default_format") or sent.headers.get("x-clickhouse-format") or "TabSeparated",
        query_id=_query_id(values.get("query_id", "")),
        encoding=_encoding(sent.headers, values),
        protocol_version=_whole(values.get("client_protocol_version", "0")),
        in_blocks=asks_for_blocks(sent.query),
        session=_session(values),
    )


def asks_for_blocks(query: Mapping[str, str]) -> bool:
    """Whether an answer, be it an error's text, is to come in ClickHouse's compressed blocks (compress=1)."""
    return _is_on(query, "compress")


def credentials(sent: Sent) -> dict[str, str]:
    """The headers, with a key that came in one of ClickHouse's own ways put where we look for it."""
    key = sent.headers.get("x-clickhouse-key") or sent.query.get("password")
    return {**sent.headers, "x-api-key": key} if key and "x-api-key" not in sent.headers else dict(sent.headers)


def _encoding(headers: Mapping[str, str], values: Mapping[str, str]) -> str:
    # As with a ClickHouse server: a result is compressed only where the client also asks by setting.
    if not _is_on(values, "enable_http_compression"):
        return ""
    return clickhouse_encoding.accepted(headers.get("accept-encoding", ""))


def _is_on(values: Mapping[str, str], name: str) -> bool:
    return values.get(name, "0") in ("1", "true")


def _session(values: Mapping[str, str]) -> Wanted | None:
    """The session that is named. Raises QueryRejected for a time beyond a server's bound."""
    name = values.get("session_id", "")
    if not name:
        return None
    timeout = values.get("session_timeout") or str(DEFAULT_TIMEOUT_S)
    if not (timeout.isascii() and timeout.isdigit() and int(timeout) <= MAX_TIMEOUT_S):
        message = f"session_timeout is {timeout[:20]!r}; give at most {MAX_TIMEOUT_S} seconds as a whole number"
        raise rejected("INVALID_SESSION_TIMEOUT", message)
    return Wanted(
        name=name[:_LONGEST_SESSION_NAME],
        timeout_s=int(timeout),
        must_exist=_is_on(values, "session_check"),
        closes=_is_on(values, "close_session"),
    )


def _query_id(text: str) -> str:
    """The client's id, if it can stand in a header, else one of ours."""
    return text if _QUERY_ID.fullmatch(text) else str(uuid.uuid4())


def _whole(text: str) -> int:
    if not text.isdigit():
        raise InvalidRequest(f"client_protocol_version is {text[:20]!r}; give a whole number")
    return int(text)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("the statement is not UTF-8; only statements are taken here, no data") from None


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """The plain fields of a form. Raises InvalidRequest for files, which would be external tables."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    values = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if part.get_filename() is not None or not isinstance(name, str):
            raise InvalidRequest("external tables are not taken here; put the values into parameters of type Array")
        content = part.get_payload(decode=True)
        values[name] = _text(content) if isinstance(content, bytes) else ""
    return values
