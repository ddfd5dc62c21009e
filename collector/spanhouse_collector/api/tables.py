"""State of the API: keys. Only a hash of a key is kept."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, String, Table

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
