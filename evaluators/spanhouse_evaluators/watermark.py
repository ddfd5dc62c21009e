"""How far each evaluator has read the store.

A watermark is the `stored_at` of the newest span that was read, so a span is met when it arrives, however late it started.
Must not know what the evaluators do.
"""

from collections.abc import Iterable

from sqlalchemy import insert, select, update

from spanhouse_collector.storage import State
from spanhouse_evaluators.tables import watermarks

Key = tuple[str, str]
"""An evaluator's name and version."""


def read_watermark(state: State, project: str, *, evaluator: str, version: str) -> int:
    """Return the watermark in milliseconds of Unix time; 0 for an evaluator that has read nothing."""
    return read_watermarks(state, project).get((evaluator, version), 0)


def read_watermarks(state: State, project: str) -> dict[Key, int]:
    """Return the watermarks of a project by evaluator and version, in milliseconds of Unix time."""
    row = watermarks.c
    with state.transaction() as transaction:
        found = transaction.execute(select(row.evaluator, row.version, row.stored_ms).where(row.project == project))
        return {(evaluator, version): stored_ms for evaluator, version, stored_ms in found}


def raise_watermarks(state: State, project: str, *, evaluators: Iterable[Key], stored_ms: int) -> None:
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
