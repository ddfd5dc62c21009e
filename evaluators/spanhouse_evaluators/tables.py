"""What the evaluators keep in the state database: how far they have read, what ran, frozen references.

Instants are Unix time, in milliseconds or nanoseconds as the name ends. Must not know who reads or writes them.
"""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from spanhouse_collector.storage.state import metadata

watermarks = Table(
    "evaluator_watermarks",
    metadata,
    Column("project", String, primary_key=True),
    Column("evaluator", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("stored_ms", BigInteger, nullable=False),
)

runs = Table(
    "evaluator_runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("job", String, nullable=False, index=True),
    Column("started_ms", BigInteger, nullable=False, index=True),
    Column("ended_ms", BigInteger),
    Column("scored", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("unscored", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
)

leases = Table(
    "evaluator_leases",
    metadata,
    Column("job", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)

drift_references = Table(
    "drift_references",
    metadata,
    Column("project", String, primary_key=True),
    Column("feature", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("release", String, nullable=False),
    Column("first_ns", BigInteger, nullable=False),
    Column("last_ns", BigInteger, nullable=False),
    Column("edges", Text, nullable=False),
    Column("counts", Text, nullable=False),
)

spending = Table(
    "evaluator_spending",
    metadata,
    Column("evaluator", String, primary_key=True),
    # The UTC date, as 2026-11-23.
    Column("day", String, primary_key=True),
    # Whole billionths of a dollar: sums stay exact.
    Column("nano_usd", BigInteger, nullable=False, default=0),
    Column("calls", Integer, nullable=False, default=0),
    Column("input_tokens", BigInteger, nullable=False, default=0),
    Column("output_tokens", BigInteger, nullable=False, default=0),
)
