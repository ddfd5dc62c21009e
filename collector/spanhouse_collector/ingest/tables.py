"""State of ingest: a project's own prices, and runs of re-pricing."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, String, Table, Text

from spanhouse_collector.storage.state import metadata

price_overrides = Table(
    "price_overrides",
    metadata,
    Column("project", String(63), primary_key=True),
    Column("position", Integer, primary_key=True, comment="order; the last one that applies wins"),
    Column("override", Text, nullable=False, comment="an Override as JSON"),
)

repricings = Table(
    "repricings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project", String(63), nullable=False),
    Column("first", DateTime(timezone=True), nullable=False, comment="start of the range of start times, UTC"),
    Column("until", DateTime(timezone=True), nullable=False, comment="its end, excluded"),
    Column("done_until", DateTime(timezone=True), nullable=False, comment="hours before this are done"),
    Column("spans", BigInteger, nullable=False, comment="spans looked at"),
    Column("changed", BigInteger, nullable=False, comment="spans whose cost is another one now"),
    Column("is_finished", Boolean, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
)
