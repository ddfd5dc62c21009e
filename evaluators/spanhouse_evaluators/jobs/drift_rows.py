"""Findings of the drift job as rows of `measurements`: judged together, with the segments that moved most named.

Must not know how the statistics were computed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from spanhouse_evaluators.drift.comparison import (
    MIN_EFFECT,
    Comparison,
    Moved,
    false_discovery_adjusted,
    is_drift,
    shared_p_values,
)
from spanhouse_evaluators.drift.frozen import ALL_CALLS, Segment

VERSION = "1"

_INSTANT = pl.Datetime("ms", "UTC")
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "project": pl.String,
    "evaluator": pl.String,
    "evaluator_version": pl.String,
    "window_start": _INSTANT,
    "window_end": _INSTANT,
    "segment": pl.Map(pl.String, pl.String),
    "name": pl.String,
    "unit": pl.String,
    "status": pl.String,
    "value": pl.Float64,
    "alarm": pl.Boolean,
    "reason": pl.String,
    "details": pl.Map(pl.String, pl.Float64),
    "measured_at": _INSTANT,
}

MOST_NAMED = 3
"""Segments named in the row over all calls, those that moved most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What one row is about: a feature of a segment's calls in one window, and the reference's release."""

    project: str
    feature: str
    segment: Segment = ALL_CALLS
    release: str
    start: datetime
    window_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The tests of one series, the leading one first; the p-value is not yet adjusted for the other series."""

    series: Series
    comparisons: tuple[Comparison, ...]
    moved: Moved | None = None

    @property
    def p_value(self) -> float:
        """The smallest of the tests' p-values, each for its share of the level."""
        return min(shared_p_values(self.comparisons))

    @property
    def effect(self) -> float:
        """How far the values moved in their own unit where that is known, else the largest of the tests' effects."""
        return max(one.effect for one in self.comparisons) if self.moved is None else self.moved.distance

    @property
    def least(self) -> float:
        """The least such effect worth an alarm."""
        return MIN_EFFECT if self.moved is None else self.moved.least


def rows_of(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Return a row for each finding; its value is the leading test's effect.

    All series of a run are judged together: with hundreds of them, one in a hundred is always out of the ordinary.
    """
    adjusted = false_discovery_adjusted([found.p_value for found in findings])
    alarms = [is_drift(found.effect, level, least=found.least) for found, level in zip(findings, adjusted, strict=True)]
    moved = _moved(found for found, alarm in zip(findings, alarms, strict=True) if alarm)
    rows = list[dict[str, Any]]()
    for found, level, alarm in zip(findings, adjusted, alarms, strict=True):
        most = moved.get((found.series.feature, found.series.start), ()) if alarm and found.series.segment == ALL_CALLS else ()
        rows.append(
            {
                **_row(found.series),
                "value": found.comparisons[0].effect,
                "alarm": alarm,
                "reason": _reason(found, most),
                "details": _details(found) | {"p_adjusted": level},
            }
        )
    return rows


def frame_of(rows: Sequence[dict[str, Any]], run_id: str) -> pl.DataFrame:
    """Return the rows as a frame with the columns of `measurements`."""
    columns = {name: pl.Series([row[name] for row in rows], dtype=dtype) for name, dtype in _SCHEMA.items()}
    return pl.DataFrame(columns).with_columns(run_id=pl.lit(run_id))


def unscored_row(series: Series, *, reason: str, n_current: int) -> dict[str, Any]:
    """Return the row of a series that was not compared."""
    return {**_row(series), "status": "unscored", "reason": reason, "details": {"n_current": float(n_current)}}


def _moved(drifted: Iterable[Finding]) -> Mapping[tuple[str, datetime], Sequence[Finding]]:
    """Return by feature and window the segments that drifted, the one that moved most first."""
    found = defaultdict[tuple[str, datetime], list[Finding]](list)
    for one in drifted:
        if one.series.segment != ALL_CALLS:
            found[one.series.feature, one.series.start].append(one)
    return {key: sorted(ones, key=lambda one: (-one.effect, one.series.segment)) for key, ones in found.items()}


def _reason(found: Finding, most: Sequence[Finding]) -> str:
    release = found.series.release
    parts = [f"against release {release!r}"] if release else []
    if found.moved is not None:
        parts.append(f"moved by {found.moved.distance:.3g} (counts from {found.moved.least:.3g})")
    if most:
        named = ", ".join(f"{_named(one.series.segment)} ({one.effect:.2f})" for one in most[:MOST_NAMED])
        parts.append(f"moved most: {named}")
    return "; ".join(parts)


def _named(segment: Segment) -> str:
    """Return a model's bare name, and other segments with what they are."""
    return segment.value if segment.key == "model" else f"{segment.key} {segment.value}"


def _details(found: Finding) -> dict[str, float]:
    leading = found.comparisons[0]
    details = {
        "n_reference": float(leading.n_reference),
        "n_current": float(leading.n_current),
        "p_value": found.p_value,
        "effect": leading.effect,
    }
    if found.moved is not None:
        details |= {"distance": found.moved.distance, "least_distance": found.moved.least}
    for one in found.comparisons:
        details |= {one.test: one.statistic, f"{one.test}_p_value": one.p_value}
    return details


def _row(series: Series) -> dict[str, Any]:
    return {
        "project": series.project,
        "evaluator": "drift",
        "evaluator_version": VERSION,
        "window_start": series.start,
        "window_end": series.start + timedelta(seconds=series.window_s),
        "segment": series.segment.labels,
        "name": series.feature,
        "unit": "share",
        "status": "scored",
        "value": None,
        "alarm": False,
        "reason": "",
        "details": {},
        "measured_at": datetime.now(UTC),
    }
