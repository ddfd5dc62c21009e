"""The drift job: model calls, calls of tools and scores against a reference, window by window, over all and segment by segment.

Counting happens in the store, against the reference's bins; must not know who reads the measurements.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal

from spanhouse_collector.storage import State, Store, load
from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.bins import is_rate, ks_of_counts, psi_of_counts
from spanhouse_evaluators.drift.categories import FrozenCategories, compare_frozen_categories, compare_shares
from spanhouse_evaluators.drift.comparison import Comparison
from spanhouse_evaluators.drift.frozen import ALL_CALLS
from spanhouse_evaluators.drift.missing import SUFFIX, compare_missing
from spanhouse_evaluators.drift.tails import anderson_darling
from spanhouse_evaluators.jobs.drift_counting import Counted, count_calls, count_tools
from spanhouse_evaluators.jobs.drift_references import (
    OF_CALLS,
    OF_TOOLS,
    TOOL_MIX,
    Rule,
    SegmentKey,
    Segments,
    SpanReferences,
    Watched,
)
from spanhouse_evaluators.jobs.drift_rows import VERSION, Finding, Series, frame_of, rows_of, unscored_row
from spanhouse_evaluators.jobs.drift_scores import OF_SCORES, ScoreDrift
from spanhouse_evaluators.jobs.drift_topics import Topics
from spanhouse_evaluators.jobs.windows import Reader, Windows, changed_windows
from spanhouse_evaluators.runs import Counts
from spanhouse_evaluators.selection import SQL, projects

Against = Literal["frozen", "previous_release"]

ALL_SEGMENTS: tuple[SegmentKey, ...] = ("model", "provider", "prompt", "release", "service")

_Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A project, the rule for its references, the release of the calls compared with them ('' for all), and its segments."""

    project: str
    rule: Rule
    release: str
    segments: Segments


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftJob:
    """Compares every window that calls or scores arrived in with the reference, again when late ones do.

    The reference of a segment is cut from the first `max_reference` calls of a release, as soon as there are
    `min_reference`. `against` tells which release: `frozen` that named by `release`, or the earliest one, with which all
    calls in windows that begin after the reference are compared; `previous_release` the one before the newest, with
    which the newest one's calls are compared, until a newer one appears. Windows need `min_current` calls.
    `segments` names the columns that are watched value by value, besides all calls: of each the `max_segments` values
    with the most calls in the windows. `score_effects` are the least distances worth an alarm by evaluator, in units of
    its score; of others MIN_SHARE of the score's scale. `topics` is how many questions of each window are embedded and
    compared; 0 leaves topics out.
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
    segments: tuple[SegmentKey, ...] = ALL_SEGMENTS
    max_segments: int = 20
    score_effects: Mapping[str, float] = field(default_factory=dict[str, float])
    topics: int = 0
    name: str = field(default="drift", init=False)

    def run(self, run_id: str) -> Iterator[Counts]:
        """Count one per feature, segment and window; those with too few calls are unscored."""
        for project in projects(self.store):
            compared = self._compared(project)
            for reader, measure in (
                (Reader(job=self.name, version=VERSION, kinds=("llm", "tool")), self._spans),
                # Scores follow their spans, by seconds or, after a backfill, by weeks.
                (Reader(job=f"{self.name}_scores", version=VERSION, kinds=()), self._scores),
            ):
                for windows in changed_windows(self.store, self.state, reader=reader, project=project, window_s=self.window_s):
                    for rows in () if compared is None else measure(compared, windows):
                        if rows:
                            self.store.insert_frame("measurements", frame_of(rows, run_id))
                        scored = sum(row["status"] == "scored" for row in rows)
                        yield Counts(scored=scored, unscored=len(rows) - scored)

    def _compared(self, project: str) -> _Compared | None:
        """Return what is compared with what, or nothing where there is no release before the newest one."""
        reference, current = self.release, ""
        if self.against == "previous_release":
            newest = [row["release"] for row in self.store.query(load(SQL, "drift_releases"), {"project": project})]
            if len(newest) < 2:
                return None
            current, reference = newest
        segments = Segments(store=self.store, project=project, release=current, keys=self.segments, most=self.max_segments)
        rule = Rule(release=reference, least=self.min_reference, most=self.max_reference)
        return _Compared(project=project, rule=rule, release=current, segments=segments)

    def _spans(self, compared: _Compared, windows: Windows) -> Iterator[_Rows]:
        """Yield the measurements of model calls and of tools, which are judged together, and then those of topics."""
        cut = SpanReferences(store=self.store, state=self.state, project=compared.project, rule=compared.rule)
        segments = compared.segments.of(windows, kind="llm", keys=ALL_SEGMENTS)
        calls = cut.watched(segments, kind="llm", features=OF_CALLS)
        if not calls:
            return
        segments = compared.segments.of(windows, kind="tool", keys=OF_TOOLS)
        tools = cut.watched(segments, kind="tool", features=(TOOL_MIX,))
        asked = {"project": compared.project, "release": compared.release}
        counted = chain(
            count_calls(self.store, windows, watched=calls, **asked),
            count_tools(self.store, windows, watched=tools, **asked),
        )
        yield self._judged(compared, counted)
        yield from self._topics(compared, windows, calls)

    def _scores(self, compared: _Compared, windows: Windows) -> Iterator[_Rows]:
        """Yield the measurements of scores, which are judged by themselves: they come at another time."""
        about: dict[str, Any] = {"project": compared.project, "rule": compared.rule, "least": self.score_effects}
        drift = ScoreDrift(store=self.store, state=self.state, **about)
        segments = compared.segments.of(windows, kind="llm", keys=OF_SCORES)
        watched = drift.watched(windows, segments=segments)
        yield self._judged(compared, drift.counted(windows, watched=watched, release=compared.release))

    def _judged(self, compared: _Compared, counted: Iterable[Counted]) -> _Rows:
        findings, unscored = list[Finding](), _Rows()
        for one in counted:
            is_reference = not compared.release and one.start.timestamp() * 1e9 <= one.watched.reference.last_ns
            comparisons = () if is_reference else _compare(one)
            if not comparisons:
                continue
            series = self._series(compared.project, one)
            calls = int(one.counts.sum())
            if calls < self.min_current:
                few = f"fewer than {self.min_current} calls in the window"
                unscored.append(unscored_row(series, reason=few, n_current=calls))
            else:
                findings.append(Finding(series=series, comparisons=comparisons, moved=one.moved))
        return [*rows_of(findings), *unscored]

    def _series(self, project: str, counted: Counted) -> Series:
        return Series(
            project=project,
            feature=counted.watched.name,
            segment=counted.watched.segment,
            release=counted.watched.reference.release,
            start=counted.start,
            window_s=self.window_s,
        )

    def _topics(self, compared: _Compared, windows: Windows, calls: Sequence[Watched]) -> Iterator[_Rows]:
        """Yield the measurements of topics, judged among themselves, and nothing in between.

        Their p-values come from permutations and cannot be as small as the others'.
        """
        overall = next((one.reference for one in calls if one.segment == ALL_CALLS), None)
        if not self.topics or overall is None:
            return
        topics = Topics(store=self.store, state=self.state, most=self.topics)
        yield from topics.rows(compared.project, windows, reference=overall, release=compared.release)


def _compare(counted: Counted) -> tuple[Comparison, ...]:
    """Return the tests of one window, the one that gives the row its value first; none where nothing can change."""
    bins, counts = counted.watched.reference.bins, counted.counts
    found: list[Comparison | Unscored]
    if isinstance(bins, FrozenCategories):
        found = [compare_frozen_categories(bins, counts.tolist())]
    elif counted.watched.reference.feature.endswith(SUFFIX):
        found = [compare_missing(bins.counts, counts.tolist())]
    elif is_rate(bins) and not isinstance(shares := compare_shares(bins.counts, counts.tolist()), Unscored):
        found = [shares]
    else:
        found = [ks_of_counts(bins, counts), anderson_darling(bins.counts, counts), psi_of_counts(bins, counts)]
    return tuple(one for one in found if not isinstance(one, Unscored))
