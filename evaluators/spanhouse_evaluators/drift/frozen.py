"""Frozen references in the state database: once cut, a reference stays what it was, whatever happens to its spans.

Must not know how references are chosen.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, delete, insert, select

from spanhouse_collector.storage import State
from spanhouse_evaluators.drift.bins import FrozenBins
from spanhouse_evaluators.drift.categories import FrozenCategories
from spanhouse_evaluators.tables import drift_references, drift_vectors

Vectors = NDArray[np.float32]

Frozen = FrozenBins | FrozenCategories


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Segment:
    """The calls that have one value of one column, such as `model`; the default is all calls."""

    key: str = ""
    value: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """What the segment is called in `measurements`."""
        return {self.key: self.value} if self.key else {}

    @property
    def stored(self) -> str:
        """The segment as one text; '' for all calls."""
        return f"{self.key}={self.value}" if self.key else ""


ALL_CALLS = Segment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The distribution of one feature in one segment, and the calls it stands for."""

    feature: str
    segment: Segment
    release: str
    first_ns: int
    last_ns: int
    bins: Frozen


def references(state: State, project: str) -> dict[tuple[str, Segment], Reference]:
    """Return a project's references by feature and segment."""
    asked = select(drift_references).where(drift_references.c.project == project)
    with state.transaction() as transaction:
        found = [_reference(row) for row in transaction.execute(asked)]
    return {(reference.feature, reference.segment): reference for reference in found}


def _reference(row: Row[tuple[object, ...]]) -> Reference:
    key, _, value = row.segment.partition("=")
    edges, counts = tuple(json.loads(row.edges)), tuple(json.loads(row.counts))
    is_text = any(isinstance(edge, str) for edge in edges)
    return Reference(
        feature=row.feature,
        segment=Segment(key=key, value=value),
        release=row.release,
        first_ns=row.first_ns,
        last_ns=row.last_ns,
        bins=FrozenCategories(names=edges, counts=counts) if is_text else FrozenBins(edges=edges, counts=counts),
    )


def keep_references(state: State, project: str, *, found: Sequence[Reference]) -> None:
    """Store references, all or none, each in place of the one of that feature and segment, if there is one."""
    if not found:
        return
    column = drift_references.c
    with state.transaction() as transaction:
        for row in (_row_of(project, reference) for reference in found):
            key = (column[name] == row[name] for name in ("project", "feature", "segment"))
            transaction.execute(delete(drift_references).where(*key))
            transaction.execute(insert(drift_references).values(**row))


def _row_of(project: str, reference: Reference) -> dict[str, object]:
    bins = reference.bins
    return {
        "project": project,
        "feature": reference.feature,
        "segment": reference.segment.stored,
        "release": reference.release,
        "first_ns": reference.first_ns,
        "last_ns": reference.last_ns,
        # json writes floats so that they read back as the same doubles. Of categories, these are the names.
        "edges": json.dumps(bins.names if isinstance(bins, FrozenCategories) else bins.edges),
        "counts": json.dumps(bins.counts),
    }


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
