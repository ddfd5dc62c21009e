"""How evaluators' scores are distributed: each evaluator's against those of the calls that the references were cut from.

Must not know how counts are judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.drift.bins import FrozenBins, distance_of_counts, is_rate, scale_of
from spanhouse_evaluators.drift.categories import UNKNOWN, FrozenCategories
from spanhouse_evaluators.drift.comparison import MIN_EFFECT, Moved
from spanhouse_evaluators.drift.frozen import Reference, Segment, keep_references
from spanhouse_evaluators.jobs.drift_counting import Counted, edges_of, named, names_of, tallied_rows
from spanhouse_evaluators.jobs.drift_references import Rule, SegmentKey, Watched, kept_references, referred
from spanhouse_evaluators.jobs.windows import Windows
from spanhouse_evaluators.selection import SQL

OF_SCORES: tuple[SegmentKey, ...] = ("model", "prompt", "release", "service")
"""What a score repeats of what it is about."""

DAY_NS = 86_400 * 10**9
"""How long after the calls of a reference scores may belong to it: judges that take a sample need longer to have enough."""


MIN_SHARE = 0.1
"""Least distance worth an alarm of scores without a declared one, of their scale: some days are hundredths better than others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDrift:
    """Watches each evaluator's newest version, whose scores nothing but its own say what they should be.

    Where most scores are alike, a shift of a hundredth moves many of them past some point; so what counts is how far they
    moved, in units of the score. `least` declares by evaluator how far is worth an alarm.
    """

    store: Store
    state: State
    project: str
    rule: Rule
    least: Mapping[str, float]

    def watched(self, windows: Windows, *, segments: Sequence[Segment]) -> list[Watched]:
        """Return what has a reference, after cutting those that can be cut now."""
        kept = kept_references(self.state, self.project, release=self.rule.release)
        asked = {"project": self.project, **windows.params()}
        versions = [(row["name"], row["version"]) for row in self.store.query(load(SQL, "drift_score_names"), asked)]
        for segment in dict.fromkeys(map(referred, segments)):
            calls = kept.get(("duration", segment))
            missing = {_feature(*version): version for version in versions if (_feature(*version), segment) not in kept}
            found = list(self._cut(calls, missing)) if calls and missing else []
            keep_references(self.state, self.project, found=found)
            kept.update({(one.feature, segment): one for one in found})
        return [
            Watched(name=f"score_{name}", segment=segment, reference=kept[_feature(name, version), referred(segment)])
            for name, version in versions
            for segment in segments
            if (_feature(name, version), referred(segment)) in kept
        ]

    def _cut(self, calls: Reference, missing: dict[str, tuple[str, str]]) -> Iterator[Reference]:
        params = {
            "project": self.project,
            "key": calls.segment.key,
            "value": calls.segment.value,
            "release": calls.release,
            "from_ns": calls.first_ns,
            "until_ns": calls.last_ns + DAY_NS,
            "most": self.rule.most,
        }
        scores = self.store.frame(load(SQL, "drift_score_reference"), params)
        for feature, (name, version) in missing.items():
            mine = scores.filter((pl.col("name") == name) & (pl.col("version") == version))
            numbers, labels = mine["score"].drop_nulls(), mine.filter(pl.col("score").is_null())["label"]
            frozen = self.rule.frozen(numbers if len(numbers) >= len(labels) else labels)
            if frozen is not None:
                last_ns = max(calls.last_ns, mine["time_ns"][-1])
                yield replace(calls, feature=feature, bins=frozen, last_ns=last_ns)

    def counted(self, windows: Windows, *, watched: Sequence[Watched], release: str) -> Iterator[Counted]:
        """Yield the windows that have scores, of one release or of all (''), for each of what is watched."""
        if not watched:
            return
        params: dict[str, Any] = {
            "project": self.project,
            "release": release,
            "edges": edges_of(watched).tolist(),
            "labels": names_of(watched),
            "unknown": UNKNOWN,
            **named(watched, OF_SCORES),
            **windows.params(),
        }
        counted = self.store.frame(load(SQL, "drift_score_counts"), params)
        for one in watched:
            rows = _of(one, counted)
            outside = _outside(one, rows)
            for found in tallied_rows(one, rows):
                yield replace(found, moved=self._moved(found, outside=outside.get(int(found.start.timestamp()), 0.0)))

    def _moved(self, found: Counted, *, outside: float) -> Moved | None:
        bins = found.watched.reference.bins
        if isinstance(bins, FrozenCategories):
            return None
        least = self.least.get(found.watched.name.removeprefix("score_"), _least(bins))
        return Moved(distance=distance_of_counts(bins, found.counts, outside=outside), least=least)


def _of(watched: Watched, counted: pl.DataFrame) -> pl.DataFrame:
    is_label = isinstance(watched.reference.bins, FrozenCategories)
    is_mine = [
        pl.concat_str(pl.lit("score_"), "name", pl.lit("@"), "version") == watched.reference.feature,
        pl.col("key") == watched.segment.key,
        pl.col("value") == watched.segment.value,
        pl.col("edge").is_nan() == is_label,
    ]
    met = pl.col("label" if is_label else "edge").alias("met")
    return counted.filter(*is_mine).select("started_s", met, pl.col("scores").alias("n"), "total")


def _least(bins: FrozenBins) -> float:
    """Return the least distance for scores without a declared one; for rates of yes and no it is that of other shares."""
    return MIN_EFFECT if is_rate(bins) else MIN_SHARE * scale_of(bins)


def _outside(watched: Watched, rows: pl.DataFrame) -> dict[int, float]:
    """Return by window how far the scores beyond the reference's edges lie from them, in total."""
    bins = watched.reference.bins
    if isinstance(bins, FrozenCategories):
        return {}
    first, last = bins.edges[0], bins.edges[-1]
    below = pl.when(pl.col("met") < first).then(pl.col("n") * first - pl.col("total")).otherwise(0.0)
    above = pl.when(pl.col("met") >= last).then(pl.col("total") - pl.col("n") * last).otherwise(0.0)
    return dict(rows.group_by("started_s").agg((below + above).sum()).iter_rows())


def _feature(name: str, version: str) -> str:
    """Return what references are kept under: another version of an evaluator scores in another way."""
    return f"score_{name}@{version}"
