"""What a rule would have done: when it would have fired, and what it read, few enough points to draw. See replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.readings import Reading
from spanhouse_dashboards.alerts.replay import evaluations, judged
from spanhouse_dashboards.alerts.rounds import Segment, segment_of
from spanhouse_dashboards.panels import TimeRange

# A chart's width in points, and as many lines as can be told apart.
_POINTS, _SEGMENTS = 240, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`changes` are the firings and resolutions in order, `evaluations` counts what was looked at.

    `series` is what the rule read in each segment, those first that came furthest beyond the threshold; each point is the
    worst value of the stretch that begins there.
    """

    changes: Sequence[Occasion]
    series: Mapping[Segment, Sequence[tuple[datetime, float]]]
    evaluations: int


def preview(store: Store, rule: Rule, *, project: str, time_range: TimeRange, step_s: int) -> Preview:
    """Runs the rule over the range, evaluated every `step_s` seconds. Raises as replay does."""
    read = list(evaluations(store, rule, project=project, time_range=time_range, step_s=step_s))
    stretch = max(len(read) // _POINTS, 1)
    worst: dict[Segment, dict[int, float]] = {}
    for number, (_, readings) in enumerate(read):
        for reading in readings:
            points = worst.setdefault(segment_of(reading.segment), {})
            points[number // stretch] = _worse(rule, reading, points.get(number // stretch))
    shown = sorted(worst, key=lambda segment: _furthest(rule, worst[segment]))[:_SEGMENTS]
    series = {key: [(read[place * stretch][0], value) for place, value in sorted(worst[key].items())] for key in shown}
    return Preview(changes=list(judged(rule, read, project=project)), series=series, evaluations=len(read))


def _worse(rule: Rule, reading: Reading, known: float | None) -> float:
    if known is None:
        return reading.value
    return max(known, reading.value) if rule.comparison == "above" else min(known, reading.value)


def _furthest(rule: Rule, points: Mapping[int, float]) -> float:
    return -max(points.values()) if rule.comparison == "above" else min(points.values())
