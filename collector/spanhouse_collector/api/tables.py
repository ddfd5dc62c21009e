"""State of the API: keys and their quotas. Only a hash of a key is kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Integer, String, Table

from spanhouse_collector.storage.state import metadata

keys = Table(
    "keys",
    metadata,
    Column("hash", String(64), primary_key=True, comment="SHA-256 of the key, hex"),
    Column("prefix", String(16), nullable=False, unique=True, comment="first characters of the key, to tell keys apart"),
    Column("project", String(63), nullable=False),
    Column("scope", String(10), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True), nullable=True),
)

quotas = Table(
    "quotas",
    metadata,
    Column("hash", String(64), primary_key=True, comment="the key's, as in keys"),
    Column("requests_per_s", Integer, nullable=False, comment="0: no bound"),
    Column("items_per_s", Integer, nullable=False, comment="spans, log records and data points; 0: no bound"),
    Column("bytes_per_s", BigInteger, nullable=False, comment="after decompression; 0: no bound"),
    Column("burst_s", Integer, nullable=False, comment="seconds' worth that may come at once"),
)
