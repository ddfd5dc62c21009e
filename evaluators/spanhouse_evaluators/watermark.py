"""How far each evaluator has read the store.

A watermark is the `stored_at` of the newest span that was read, so a span is met when it arrives, however late it started.
Must not know what the evaluators do.
"""

from collections.abc import Iterable

from sqlalchemy import insert, select, update

from spanhouse_collector.storage import State
from spanhouse_evaluators.tables import watermarks


def read_watermark(state: State, project: str, *, evaluator: str, version: str) -> int:
    """Return the watermark in milliseconds of Unix time; 0 for an evaluator that has read nothing."""
    row = watermarks.c
    asked = select(row.stored_ms).where(row.project == project, row.evaluator == evaluator, row.version == version)
    with state.transaction() as transaction:
        return int(transaction.execute(asked).scalar() or 0)


def lower_watermarks(state: State, project: str, *, evaluators: Iterable[tuple[str, str]], stored_ms: int) -> None:
    """Move the watermarks of these (evaluator, version) down to `stored_ms`; one that is lower stays."""
    row = watermarks.c
    with state.transaction() as transaction:
        for evaluator, version in evaluators:
            mine = (row.project == project, row.evaluator == evaluator, row.version == version)
            transaction.execute(update(watermarks).where(*mine, row.stored_ms > stored_ms).values(stored_ms=stored_ms))


def raise_watermarks(state: State, project: str, *, evaluators: Iterable[tuple[str, str]], stored_ms: int) -> None:
    """Move the watermarks of these (evaluator, version) up to `stored_ms`; one that is higher stays."""
    row = watermarks.c
    with state.transaction() as transaction:
        for evaluator, version in evaluators:
            mine = (row.project == project, row.evaluator == evaluator, row.version == version)
            if transaction.execute(select(row.stored_ms).where(*mine)).first() is None:
                key = {"project": project, "evaluator": evaluator, "version": version}
                transaction.execute(insert(watermarks).values(**key, stored_ms=stored_ms))
            else:
                transaction.execute(update(watermarks).where(*mine, row.stored_ms < stored_ms).values(stored_ms=stored_ms))
