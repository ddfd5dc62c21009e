"""The drift job: features of model calls against a reference, window by window, over all and model by model.

Counting happens in the store, against the reference's bins; must not know who reads the measurements.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.bins import FrozenBins, freeze, ks_of_counts, psi_of_counts
from spanhouse_evaluators.drift.comparison import Comparison
from spanhouse_evaluators.drift.frozen import Reference, keep_reference, references
from spanhouse_evaluators.drift.missing import SUFFIX, compare_missing, presence
from spanhouse_evaluators.jobs.drift_counting import FEATURES, Counted, count_windows
from spanhouse_evaluators.jobs.drift_rows import VERSION, Finding, Series, rows_of, unscored_row
from spanhouse_evaluators.jobs.drift_topics import Topics
from spanhouse_evaluators.jobs.windows import Windows, changed_windows
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import SQL, projects

WATCHED = (*FEATURES, *(f"{feature}{SUFFIX}" for feature in FEATURES if feature != "duration"))
"""All features, and how often those that may be missing are."""

Against = Literal["frozen", "previous_release"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftJob:
    """Compares every window that calls arrived in with the reference, again when late ones do.

    The reference of a segment is cut from the first `max_reference` calls of a release, as soon as there are
    `min_reference`. `against` tells which release: `frozen` that named by `release`, or the earliest one, with which all
    calls in windows that begin after the reference are compared; `previous_release` the one before the newest, with
    which the newest one's calls are compared, until a newer one appears. Windows need `min_current` calls.
    `topics` is how many questions of each window are embedded and compared; 0 leaves topics out.
    """

    store: Store
    state: State
    interval_s: float = 300.0
    window_s: int = 3_600
    against: Against = "frozen"
    release: str = ""
    min_reference: int = 200
    max_reference: int = 5_000
    min_current: int = 50
    max_models: int = 20
    topics: int = 0
    name: str = field(default="drift", init=False)

    def run(self, run_id: str) -> Iterator[Counts]:
        """Count one per feature, segment and window; those with too few calls are unscored."""
        for project in projects(self.store):
            compared = self._releases(project)
            frozen = [] if compared is None else self._references(project, release=compared[0])
            reader = (self.name, VERSION)
            for windows in changed_windows(self.store, self.state, reader=reader, project=project, window_s=self.window_s):
                if compared is None or not frozen:
                    yield Counts()
                    continue
                rows = self._measure(project, windows, frozen=frozen, release=compared[1])
                self.store.insert("measurements", [{**row, "run_id": run_id} for row in rows])
                scored = sum(row["status"] == "scored" for row in rows)
                yield Counts(scored=scored, unscored=len(rows) - scored)

    def _releases(self, project: str) -> tuple[str, str] | None:
        """Return the reference's release ('' for the earliest) and that of the calls compared with it ('' for all)."""
        if self.against == "frozen":
            return self.release, ""
        newest = [row["release"] for row in self.store.query(load(SQL, "drift_releases"), {"project": project})]
        return (newest[1], newest[0]) if len(newest) > 1 else None

    def _references(self, project: str, *, release: str) -> list[Reference]:
        """Return the references there are, after cutting those that can be cut now."""
        kept = {key: one for key, one in references(self.state, project).items() if release in ("", one.release)}
        models = self.store.query(load(SQL, "drift_segments"), {"project": project, "most": self.max_models})
        for model in ["", *(row["model"] for row in models)]:
            missing = [feature for feature in WATCHED if (feature, model) not in kept]
            for reference in self._cut(project, model, features=missing, release=release) if missing else ():
                keep_reference(self.state, project, reference=reference)
                kept[reference.feature, model] = reference
        return list(kept.values())

    def _cut(self, project: str, model: str, *, features: Iterable[str], release: str) -> Iterator[Reference]:
        params = {"project": project, "model": model, "release": release, "most": self.max_reference}
        calls = self.store.frame(load(SQL, "drift_reference"), params)
        for feature in features:
            bins = self._bins(calls[feature.removesuffix(SUFFIX)], is_presence=feature.endswith(SUFFIX))
            if bins is not None:
                first_ns, last_ns = calls["start_time_ns"][0], calls["start_time_ns"][-1]
                cut = calls["release"][0]
                yield Reference(feature=feature, model=model, release=cut, first_ns=first_ns, last_ns=last_ns, bins=bins)

    def _bins(self, values: pl.Series, *, is_presence: bool) -> FrozenBins | None:
        """Return a reference's bins, or nothing if there are too few calls yet."""
        measured = values.drop_nulls()
        if len(values if is_presence else measured) < self.min_reference:
            return None
        if is_presence:
            return presence(present=len(measured), missing=values.null_count())
        bins = freeze(measured.to_numpy())
        return bins if isinstance(bins, FrozenBins) else None

    def _measure(self, project: str, windows: Windows, *, frozen: Sequence[Reference], release: str) -> list[dict[str, Any]]:
        findings, unscored = list[Finding](), list[dict[str, Any]]()
        for counted in count_windows(self.store, windows, frozen=frozen, project=project, release=release):
            is_reference = not release and counted.start.timestamp() * 1e9 <= counted.reference.last_ns
            compared = () if is_reference else _compare(counted)
            if not compared:
                continue
            series = _series(project, counted, window_s=self.window_s)
            if sum(counted.counts) < self.min_current:
                few = f"fewer than {self.min_current} calls in the window"
                unscored.append(unscored_row(series, reason=few, n_current=sum(counted.counts)))
            else:
                findings.append(Finding(series=series, comparisons=compared))
        overall = next((one for one in frozen if not one.model), None)
        topics = Topics(store=self.store, state=self.state, most=self.topics) if self.topics and overall else None
        # Topics are judged among themselves: their p-values come from permutations and cannot be as small as the others'.
        about = topics.rows(project, windows, reference=overall, release=release) if topics and overall else ()
        return [*rows_of(findings), *unscored, *about]


def _series(project: str, counted: Counted, *, window_s: int) -> Series:
    reference = counted.reference
    return Series(
        project=project,
        feature=reference.feature,
        model=reference.model,
        release=reference.release,
        start=counted.start,
        window_s=window_s,
    )


def _compare(counted: Counted) -> tuple[Comparison, ...]:
    """Return the tests of one window, the one that gives the row its value first; none where nothing can change."""
    bins = counted.reference.bins
    if counted.reference.feature.endswith(SUFFIX):
        found = [compare_missing(bins.counts, counted.counts)]
    else:
        found = [ks_of_counts(bins, counted.counts), psi_of_counts(bins, counted.counts)]
    return tuple(one for one in found if not isinstance(one, Unscored))
