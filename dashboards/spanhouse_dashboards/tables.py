"""The dashboards' transactional state: what alert instances are doing, and the notifications still to be sent."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Float, Integer, String, Table, Text

from spanhouse_collector.storage.state import metadata

# One row a segment of a rule that is not inactive. `segment` is JSON with sorted keys; instants are UTC without a zone,
# as SQLite has none.
alert_instances = Table(
    "alert_instances",
    metadata,
    Column("project", String(200), primary_key=True),
    Column("rule", String(200), primary_key=True),
    Column("segment", String(2000), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("active_since", DateTime),
    Column("breached_at", DateTime),
    Column("value", Float),
    Column("told_at", DateTime),
)

# One row a rule and project: when it was last evaluated, and why that failed ('' if it did not).
alert_checks = Table(
    "alert_checks",
    metadata,
    Column("project", String(200), primary_key=True),
    Column("rule", String(200), primary_key=True),
    Column("checked_at", DateTime, nullable=False),
    Column("error", Text, nullable=False),
)

# Times in which nobody is told. `rule` is '' for every rule; `segment` is JSON of the labels that must be there.
alert_silences = Table(
    "alert_silences",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("project", String(200), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("segment", String(2000), nullable=False),
    Column("starts_at", DateTime, nullable=False),
    Column("ends_at", DateTime, nullable=False, index=True),
    Column("reason", Text, nullable=False),
)

# Notifications in the order in which they arose; a row stays after it was sent or given up, for the record.
alert_deliveries = Table(
    "alert_deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("contact", String(200), nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("due_at", DateTime, index=True),
    Column("sent_at", DateTime),
    Column("error", Text, nullable=False, default=""),
)

# Which weekly reports went out, so that none goes twice. `week_end` is UTC.
report_deliveries = Table(
    "report_deliveries",
    metadata,
    Column("project", String(200), primary_key=True),
    Column("week_end", DateTime, primary_key=True),
    Column("contact", String(200), primary_key=True),
    Column("sent_at", DateTime, nullable=False),
)

# Who looks after a firing segment; a row goes when the alert ends.
alert_acknowledgements = Table(
    "alert_acknowledgements",
    metadata,
    Column("project", String(200), primary_key=True),
    Column("rule", String(200), primary_key=True),
    Column("segment", String(2000), primary_key=True),
    Column("by", String(200), nullable=False),
    Column("at", DateTime, nullable=False),
    Column("note", Text, nullable=False, default=""),
)
