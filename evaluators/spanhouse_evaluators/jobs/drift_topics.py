"""Whether users ask about other things than they did: embeddings of a sample of each window's questions against the reference's.

Only over all calls together, because each text costs some ten milliseconds. Must not know how rows are stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanhouse_collector.errors import InvalidSettings
from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.frozen import Reference, keep_vectors, vectors_of
from spanhouse_evaluators.drift.vectors import MIN_VECTORS, compare_by_classifier, compare_by_mmd
from spanhouse_evaluators.jobs.drift_rows import Finding, Series, rows_of, unscored_row
from spanhouse_evaluators.jobs.windows import Windows
from spanhouse_evaluators.quality.embeddings import check_installed, model
from spanhouse_evaluators.selection import SQL

FEATURE = "topics"

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """Compares the questions of windows with those of a reference, `most` of each; needs the extra `embeddings`."""

    store: Store
    state: State
    most: int

    def rows(self, project: str, windows: Windows, *, reference: Reference, release: str) -> Iterator[list[dict[str, Any]]]:
        """Yield nothing before each window, whose embedding takes seconds, so that the job may stop there, and then all rows.

        There is one for each window, of one release or, after the reference, of all (''); unscored ones say why.
        """
        findings, unscored = list[Finding](), list[dict[str, Any]]()
        for start in windows.starts:
            first_ns = int(start.timestamp()) * 10**9
            if not release and first_ns <= reference.last_ns:
                continue
            yield []
            series = Series(
                project=project,
                feature=FEATURE,
                release=reference.release,
                start=start,
                window_s=windows.window_s,
            )
            until_ns = first_ns + windows.window_s * 10**9 - 1
            asked = {"project": project, "release": release, "first_ns": first_ns, "last_ns": until_ns, "most": self.most}
            questions = self._questions(asked)
            found = self._compared(series, questions, reference=reference)
            if isinstance(found, Finding):
                findings.append(found)
            else:
                unscored.append(unscored_row(series, reason=found.reason, n_current=len(questions)))
        yield [*rows_of(findings), *unscored]

    def _compared(self, series: Series, questions: list[str], *, reference: Reference) -> Finding | Unscored:
        try:
            check_installed()
        except InvalidSettings as error:
            return Unscored(str(error))
        if len(questions) < MIN_VECTORS:
            return Unscored(f"the window has {len(questions)} questions, fewer than {MIN_VECTORS}")
        frozen, current = self._frozen(series.project, reference), _embedded(questions)
        found = [compare_by_classifier(frozen, current), compare_by_mmd(frozen, current)]
        compared = tuple(one for one in found if not isinstance(one, Unscored))
        reasons = [one for one in found if isinstance(one, Unscored)]
        return Finding(series=series, comparisons=compared) if compared else reasons[0]

    def _frozen(self, project: str, reference: Reference) -> Vectors:
        """Return the embeddings of the reference's calls, which are made once."""
        kept = vectors_of(self.state, project, reference=reference)
        if kept is None:
            span = {"first_ns": reference.first_ns, "last_ns": reference.last_ns, "most": self.most}
            kept = _embedded(self._questions({"project": project, "release": reference.release, **span}))
            keep_vectors(self.state, project, reference=reference, vectors=kept)
        return kept

    def _questions(self, asked: dict[str, Any]) -> list[str]:
        rows = self.store.query(load(SQL, "drift_texts"), asked)
        return [row["question"] for row in rows if row["question"].strip()]


def _embedded(texts: list[str]) -> Vectors:
    # One at a time: the quantised weights round by what else is in a batch, which a classifier would learn.
    return np.concatenate([model().embed([text]) for text in texts]) if texts else np.empty((0, 384), np.float32)
