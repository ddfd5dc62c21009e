"""A request to ClickHouse's HTTP interface as a server takes it: statement and data are bytes. Must not know the engine."""

from __future__ import annotations

import email.parser
import email.policy
from collections.abc import Mapping
from dataclasses import dataclass

from spanhouse_collector.api import clickhouse_encoding

LIMIT_BYTES = 256 * 1024 * 1024
# What says how to talk, not how to run a statement.
_TALK = frozenset(
    "query database default_format session_id session_timeout session_check query_id client_protocol_version user password "
    "enable_http_compression http_zlib_compression_level wait_end_of_query send_progress_in_http_headers compress decompress "
    "http_headers_progress_interval_ms cancel_http_readonly_queries_on_client_close buffer_size role".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. `statement` may have data behind it, as an INSERT has."""

    statement: bytes
    params: Mapping[str, str]
    settings: Mapping[str, str]
    database: str
    output_format: str
    session_id: str
    protocol_version: int
    encoding: str


def asked(headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> Asked:
    """What is asked; header names are in lower case."""
    values = dict(query)
    content_type = headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        values |= _form(content_type, body)
        body = b""
    sent = clickhouse_encoding.decode(body, headers.get("content-encoding", ""), limit_bytes=LIMIT_BYTES)
    is_compressed = values.get("enable_http_compression") == "1"
    return Asked(
        statement=b"\n".join(part for part in (values.get("query", "").encode(), sent) if part),
        params={name.removeprefix("param_"): value for name, value in values.items() if name.startswith("param_")},
        settings={name: value for name, value in values.items() if name not in _TALK and not name.startswith("param_")},
        database=values.get("database", "default"),
        output_format=headers.get("x-clickhouse-format") or values.get("default_format", "TabSeparated"),
        session_id=values.get("session_id", ""),
        protocol_version=int(values.get("client_protocol_version", "0")),
        encoding=clickhouse_encoding.accepted(headers.get("accept-encoding", "")) if is_compressed else "",
    )


def _form(content_type: str, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    return {
        str(part.get_param("name", header="content-disposition")): bytes(part.get_payload(decode=True)).decode()
        for part in message.iter_parts()
    }
