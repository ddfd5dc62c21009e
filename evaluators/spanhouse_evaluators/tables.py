"""What the evaluators keep in the state database: how far they have read, what ran, frozen references.

Instants are Unix time, in milliseconds or nanoseconds as the name ends. Must not know who reads or writes them.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text

from spanhouse_collector.storage.state import metadata

watermarks = Table(
    "evaluator_watermarks",
    metadata,
    Column("project", String, primary_key=True),
    Column("evaluator", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("stored_ms", BigInteger, nullable=False),
)

# Stretches of what was stored, by `stored_at`, that an evaluator is still to go through besides what is new; both ends included.
backfills = Table(
    "evaluator_backfills",
    metadata,
    Column("backfill_id", String, primary_key=True),
    Column("project", String, nullable=False, index=True),
    Column("evaluator", String, nullable=False),
    Column("version", String, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("done_ms", BigInteger, nullable=False),
    # The last one of that millisecond that is done: one insert can store more than a portion at once.
    Column("done_trace", String, nullable=False, default=""),
    Column("done_span", String, nullable=False, default=""),
    Column("until_ms", BigInteger, nullable=False),
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
    # Whole billionths of a dollar, as in the table of spending.
    Column("nano_usd", BigInteger, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
)

# A row a job: who has it in hand, until when, and when it was last started. `holder` is the id of the run, '' between two runs.
leases = Table(
    "evaluator_leases",
    metadata,
    Column("job", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("started_ms", BigInteger, nullable=False, default=0),
)

drift_references = Table(
    "drift_references",
    metadata,
    Column("project", String, primary_key=True),
    Column("feature", String, primary_key=True),
    # As 'model=small'; '' for all calls.
    Column("segment", String, primary_key=True),
    Column("release", String, nullable=False),
    Column("first_ns", BigInteger, nullable=False),
    Column("last_ns", BigInteger, nullable=False),
    # JSON: ascending numbers, of which `counts` has one more, or as many names of categories.
    Column("edges", Text, nullable=False),
    Column("counts", Text, nullable=False),
)

drift_vectors = Table(
    "drift_vectors",
    metadata,
    Column("project", String, primary_key=True),
    Column("release", String, nullable=False),
    Column("first_ns", BigInteger, nullable=False),
    Column("last_ns", BigInteger, nullable=False),
    # Numbers in one vector; `vectors` is a row of them for each text, 4 bytes each, little-endian.
    Column("width", Integer, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
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

judge_answers = Table(
    "judge_answers",
    metadata,
    # A hash of the judge's version (prompt and model) and of what it was asked about.
    Column("key", String, primary_key=True),
    Column("answered_ms", BigInteger, nullable=False, index=True),
    # The model's JSON document.
    Column("document", Text, nullable=False),
)
