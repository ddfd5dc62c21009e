"""Runs a rule over history, as if it had been on all the time. Writes and tells nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts.bulk import Moments, read_all
from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.readings import Reading, readings_of
from spanhouse_dashboards.alerts.rounds import Segment, advance, lasting, occasions
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_dashboards.panels import TimeRange

# Moments of one statement: bounds what the store holds in memory, while few enough statements stay fast.
_MOMENTS_AT_ONCE = 720
_MAX_MOMENTS = 100_000


def replay(store: Store, rule: Rule, *, project: str, time_range: TimeRange, step_s: int) -> Iterator[Occasion]:
    """Each time the rule would have fired or been resolved, in order, evaluated every `step_s` seconds from the range's start.

    What arrived late then is there now, so this shows the rule at its best. Raises InvalidRequest for a step below 1 s or
    more than 100,000 evaluations.
    """
    read = evaluations(store, rule, project=project, time_range=time_range, step_s=step_s)
    return judged(rule, read, project=project)


def whole_minutes(time_range: TimeRange) -> TimeRange:
    """The range moved to the last seconds of minutes: an evaluation there sees no call that began after it."""
    start = time_range.start.replace(second=59, microsecond=0)
    return TimeRange(start=start, end=max(time_range.end, start + timedelta(minutes=1)))


def judged(rule: Rule, read: Iterable[tuple[datetime, Sequence[Reading]]], *, project: str) -> Iterator[Occasion]:
    """The firings and resolutions that follow from what was read at each evaluation."""
    before: dict[Segment, Instance] = {}
    for now, readings in read:
        after = advance(rule, before, readings=readings, now=now)
        for occasion in occasions(rule, project, before=before, after=after, at=now):
            if occasion.instance.state in ("firing", "resolved"):
                yield occasion
        before = lasting(after)


def evaluations(
    store: Store, rule: Rule, *, project: str, time_range: TimeRange, step_s: int
) -> Iterator[tuple[datetime, list[Reading]]]:
    """What the rule reads at every evaluation in the range, in order, read many at a time. See replay."""
    if step_s < 1:
        raise InvalidRequest(f"the step is {step_s} s; give at least 1")
    total = int((time_range.end - time_range.start).total_seconds()) // step_s + 1
    if total > _MAX_MOMENTS:
        raise InvalidRequest(
            f"the range holds {total} evaluations; give a longer step or a shorter range, {_MAX_MOMENTS} at most"
        )
    for done in range(0, total, _MOMENTS_AT_ONCE):
        first = time_range.start + timedelta(seconds=done * step_s)
        moments = Moments(first=first, step_s=step_s, count=min(_MOMENTS_AT_ONCE, total - done))
        found = _by_moment(store, rule, project=project, moments=moments)
        for number in range(moments.count):
            now = first + timedelta(seconds=number * step_s)
            yield now, found.get(int(now.timestamp()), [])


def _by_moment(store: Store, rule: Rule, *, project: str, moments: Moments) -> dict[int, list[Reading]]:
    """Readings by the Unix second of their moment."""
    frame = read_all(store, rule, project=project, moments=moments)
    found: dict[int, list[Reading]] = {}
    for (moment,), rows in frame.group_by("moment", maintain_order=True):
        found[int(str(moment))] = readings_of(rule, rows.drop("moment"))
    return found
