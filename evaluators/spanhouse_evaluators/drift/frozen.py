"""Frozen references in the state database: once cut, a reference stays what it was, whatever happens to its spans.

Must not know how references are chosen.
"""

import json
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from spanhouse_collector.storage import State
from spanhouse_evaluators.drift.bins import FrozenBins
from spanhouse_evaluators.tables import drift_references


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The bins of one feature in one segment (`model`, '' for all), and the calls they stand for."""

    feature: str
    model: str
    release: str
    first_ns: int
    last_ns: int
    bins: FrozenBins


def references(state: State, project: str) -> dict[tuple[str, str], Reference]:
    """Return a project's references by feature and model."""
    asked = select(drift_references).where(drift_references.c.project == project)
    with state.transaction() as transaction:
        found = [
            Reference(
                feature=row.feature,
                model=row.model,
                release=row.release,
                first_ns=row.first_ns,
                last_ns=row.last_ns,
                bins=FrozenBins(edges=tuple(json.loads(row.edges)), counts=tuple(json.loads(row.counts))),
            )
            for row in transaction.execute(asked)
        ]
    return {(reference.feature, reference.model): reference for reference in found}


def keep_reference(state: State, project: str, *, reference: Reference) -> None:
    """Store a reference in place of the one of that feature and model, if there is one."""
    key = {"project": project, "feature": reference.feature, "model": reference.model}
    row = drift_references.c
    with state.transaction() as transaction:
        transaction.execute(delete(drift_references).where(*(row[name] == value for name, value in key.items())))
        transaction.execute(
            insert(drift_references).values(
                **key,
                release=reference.release,
                first_ns=reference.first_ns,
                last_ns=reference.last_ns,
                # json writes floats so that they read back as the same doubles.
                edges=json.dumps(reference.bins.edges),
                counts=json.dumps(reference.bins.counts),
            )
        )


def forget_references(state: State, project: str) -> None:
    """Drop a project's references; the next run of the drift job cuts new ones."""
    with state.transaction() as transaction:
        transaction.execute(delete(drift_references).where(drift_references.c.project == project))
