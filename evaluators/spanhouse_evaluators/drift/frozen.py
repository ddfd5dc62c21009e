"""Frozen references in the state database: once cut, a reference stays what it was, whatever happens to its spans.

Must not know how references are chosen.
"""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, insert, select

from spanhouse_collector.storage import State
from spanhouse_evaluators.drift.bins import FrozenBins
from spanhouse_evaluators.tables import drift_references, drift_vectors

Vectors = NDArray[np.float32]


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
        for table in (drift_references, drift_vectors):
            transaction.execute(delete(table).where(table.c.project == project))


def keep_vectors(state: State, project: str, *, reference: Reference, vectors: Vectors) -> None:
    """Store the embeddings of a reference's texts in place of the project's earlier ones."""
    with state.transaction() as transaction:
        transaction.execute(delete(drift_vectors).where(drift_vectors.c.project == project))
        transaction.execute(
            insert(drift_vectors).values(
                project=project,
                release=reference.release,
                first_ns=reference.first_ns,
                last_ns=reference.last_ns,
                width=vectors.shape[1],
                vectors=vectors.astype("<f4").tobytes(),
            )
        )


def vectors_of(state: State, project: str, *, reference: Reference) -> Vectors | None:
    """Return the embeddings kept for just this reference, if there are any."""
    row = drift_vectors.c
    span = (row.release == reference.release, row.first_ns == reference.first_ns, row.last_ns == reference.last_ns)
    with state.transaction() as transaction:
        found = transaction.execute(select(drift_vectors).where(row.project == project, *span)).one_or_none()
    return None if found is None else np.frombuffer(found.vectors, dtype="<f4").reshape(-1, found.width)
