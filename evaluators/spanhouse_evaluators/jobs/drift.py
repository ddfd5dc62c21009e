"""The drift job: features of model calls against a frozen reference, window by window, over all and model by model.

Counting happens in the store, against the reference's bins; must not know who reads the measurements.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.bins import FrozenBins, freeze, ks_of_counts, psi_of_counts
from spanhouse_evaluators.drift.comparison import Comparison, false_discovery_adjusted, is_drift
from spanhouse_evaluators.drift.frozen import Reference, keep_reference, references
from spanhouse_evaluators.jobs.windows import Windows, changed_windows
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import SQL, projects

VERSION = "1"
FEATURES = {"duration": "ms", "time_to_first_token": "ms", "output_tokens": "tokens", "cost": "USD"}
"""What is watched, with its unit; in the order in which drift_counts.sql numbers them."""

NEVER_NS = 2**63 - 1

Segment = Mapping[str, Reference]
"""The references of one model, or of all together, by feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One feature of one segment in one window against its reference; `p_value` is not yet adjusted."""

    reference: Reference
    window_start: datetime
    ks: Comparison
    psi: Comparison | Unscored

    @property
    def p_value(self) -> float:
        """The smaller of the two tests' p-values, doubled because there were two (Bonferroni)."""
        if isinstance(self.psi, Unscored):
            return self.ks.p_value
        return min(1.0, 2 * min(self.ks.p_value, self.psi.p_value))


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftJob:
    """Compares every window that calls arrived in with the reference, again when late ones do.

    The reference of a segment is cut from the first `max_reference` calls of `release`, or of the earliest release if
    none is named, as soon as there are `min_reference`. Windows begin after it, and need `min_current` calls.
    """

    store: Store
    state: State
    interval_s: float = 300.0
    window_s: int = 3_600
    release: str = ""
    min_reference: int = 200
    max_reference: int = 5_000
    min_current: int = 50
    max_models: int = 20
    name: str = field(default="drift", init=False)

    def run(self, run_id: str) -> Iterator[Counts]:
        """Count one per feature, segment and window; those with too few calls are unscored."""
        for project in projects(self.store):
            frozen = self._references(project)
            reader = (self.name, VERSION)
            for windows in changed_windows(self.store, self.state, reader=reader, project=project, window_s=self.window_s):
                rows = self._measure(project, windows, frozen=frozen)
                self.store.insert("measurements", [{**row, "run_id": run_id} for row in rows])
                scored = sum(row["status"] == "scored" for row in rows)
                yield Counts(scored=scored, unscored=len(rows) - scored)

    def _references(self, project: str) -> list[Reference]:
        """Return the references there are, after cutting those that can be cut now."""
        kept = references(self.state, project)
        models = self.store.query(load(SQL, "drift_segments"), {"project": project, "most": self.max_models})
        for model in ["", *(row["model"] for row in models)]:
            missing = [feature for feature in FEATURES if (feature, model) not in kept]
            for reference in self._cut(project, model, features=missing) if missing else ():
                keep_reference(self.state, project, reference=reference)
                kept[reference.feature, model] = reference
        return list(kept.values())

    def _cut(self, project: str, model: str, *, features: Iterable[str]) -> Iterator[Reference]:
        params = {"project": project, "model": model, "release": self.release, "most": self.max_reference}
        calls = self.store.frame(load(SQL, "drift_reference"), params)
        for feature in features:
            measured = calls.filter(pl.col(feature).is_not_null())
            bins = freeze(measured[feature].to_numpy())
            if measured.height >= self.min_reference and isinstance(bins, FrozenBins):
                yield Reference(
                    feature=feature,
                    model=model,
                    release=calls["release"][0],
                    first_ns=calls["start_time_ns"][0],
                    last_ns=calls["start_time_ns"][-1],
                    bins=bins,
                )

    def _measure(self, project: str, windows: Windows, *, frozen: Sequence[Reference]) -> list[dict[str, Any]]:
        compared = [found for segment in _segments(frozen) for found in self._compare(project, windows, segment=segment)]
        findings = [found for found in compared if isinstance(found, Finding)]
        # All series of a run are judged together: with hundreds of them, one in a hundred is always out of the ordinary.
        adjusted = iter(false_discovery_adjusted([found.p_value for found in findings]))
        return [
            _scored_row(project, found, window_s=self.window_s, adjusted=next(adjusted)) if isinstance(found, Finding) else found
            for found in compared
        ]

    def _compare(self, project: str, windows: Windows, *, segment: Segment) -> Iterator[Finding | dict[str, Any]]:
        for (feature, start), counts in self._count(project, windows, segment=segment).items():
            reference = segment[feature]
            ks = ks_of_counts(reference.bins, counts)
            n_current = sum(counts)
            if isinstance(ks, Unscored) or n_current < self.min_current:
                row = _row(project, reference, start=start, window_s=self.window_s)
                few = f"fewer than {self.min_current} calls in the window"
                yield {**row, "status": "unscored", "reason": few, "details": {"n_current": float(n_current)}}
            else:
                yield Finding(reference=reference, window_start=start, ks=ks, psi=psi_of_counts(reference.bins, counts))

    def _count(self, project: str, windows: Windows, *, segment: Segment) -> dict[tuple[str, datetime], list[int]]:
        """Return by feature and window, where there are any calls, their counts by bin of the reference."""
        features = list(FEATURES)
        edges = {name: np.array([-np.inf, *(segment[name].bins.edges if name in segment else ())]) for name in features}
        params = {
            "project": project,
            "model": next(iter(segment.values())).model,
            "after_ns": [segment[name].last_ns if name in segment else NEVER_NS for name in features],
            **{f"{name}_edges": edges[name].tolist() for name in features},
            **windows.params(),
        }
        counted: dict[tuple[str, datetime], list[int]] = {}
        for row in self.store.query(load(SQL, "drift_counts"), params):
            feature = features[row["feature"] - 1]
            counts = counted.setdefault((feature, row["window_start"]), [0] * len(edges[feature]))
            counts[int(np.searchsorted(edges[feature], row["edge"]))] = row["calls"]
        return counted


def _segments(frozen: Iterable[Reference]) -> list[Segment]:
    segments: dict[str, dict[str, Reference]] = {}
    for reference in frozen:
        segments.setdefault(reference.model, {})[reference.feature] = reference
    return list(segments.values())


def _row(project: str, reference: Reference, *, start: datetime, window_s: int) -> dict[str, Any]:
    return {
        "project": project,
        "evaluator": "drift",
        "evaluator_version": VERSION,
        "window_start": start,
        "window_end": start + timedelta(seconds=window_s),
        "segment": {"model": reference.model} if reference.model else {},
        "name": reference.feature,
        "unit": "share",
        "status": "scored",
        "value": None,
        "alarm": False,
        "reason": "",
        "details": {},
        "measured_at": datetime.now(UTC),
    }


def _scored_row(project: str, found: Finding, *, window_s: int, adjusted: float) -> dict[str, Any]:
    """Return the row of a comparison: its value is the KS distance, the share of calls that moved past some point."""
    details = {
        "n_reference": float(found.ks.n_reference),
        "n_current": float(found.ks.n_current),
        "ks": found.ks.statistic,
        "ks_p_value": found.ks.p_value,
        "p_value": found.p_value,
        "p_adjusted": adjusted,
        "effect": found.ks.effect,
    }
    if isinstance(found.psi, Comparison):
        details |= {"psi": found.psi.statistic, "psi_p_value": found.psi.p_value}
    effect = max(found.ks.effect, found.psi.effect if isinstance(found.psi, Comparison) else 0.0)
    return {
        **_row(project, found.reference, start=found.window_start, window_s=window_s),
        "value": found.ks.effect,
        "alarm": is_drift(effect, adjusted),
        "reason": f"against release {found.reference.release!r}" if found.reference.release else "",
        "details": details,
    }
