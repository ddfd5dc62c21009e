"""One evaluation of a rule over all its segments: from what was and what was read to what is, and what is worth telling.

Pure: must not know clocks, stores or where states are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.alerts.model import NoData, Rule
from spanhouse_dashboards.alerts.readings import Reading
from spanhouse_dashboards.alerts.states import Instance, Verdict, step

Segment = tuple[tuple[str, str], ...]

_NO_DATA_VERDICTS: dict[NoData, Verdict] = {"ok": "calm", "alerting": "breach", "keep_last": "keep"}


def segment_of(labels: Mapping[str, str]) -> Segment:
    """The segment as a key, whatever the order of its labels."""
    return tuple(sorted(labels.items()))


def advance(
    rule: Rule, before: Mapping[Segment, Instance], *, readings: Sequence[Reading], now: datetime
) -> dict[Segment, Instance]:
    """The rule's instances after one evaluation, by segment: those there were and those that were read.

    Where nothing at all was read, `no_data` decides; a single segment that is gone while others are there is calm.
    """
    values = {segment_of(reading.segment): reading.value for reading in readings}
    if not values and not before and rule.no_data == "alerting":
        return {(): step(rule, Instance(), verdict="breach", value=None, now=now)}
    after = {}
    for key in {**before, **values}:
        value = values.get(key)
        verdict = _verdict(rule, value) if values else _NO_DATA_VERDICTS[rule.no_data]
        after[key] = step(rule, before.get(key, Instance()), verdict=verdict, value=value, now=now)
    return after


def occasions(
    rule: Rule, project: str, *, before: Mapping[Segment, Instance], after: Mapping[Segment, Instance], at: datetime
) -> list[Occasion]:
    """The changes of state between two evaluations, one a segment."""
    stand = standing(rule, project, after=after, at=at)
    return [one for one in stand if one.instance.state != before.get(segment_of(one.segment), Instance()).state]


def standing(rule: Rule, project: str, *, after: Mapping[Segment, Instance], at: datetime) -> list[Occasion]:
    """How each segment stands after an evaluation."""
    return [Occasion(rule=rule, project=project, segment=dict(key), instance=instance, at=at) for key, instance in after.items()]


def lasting(after: Mapping[Segment, Instance]) -> dict[Segment, Instance]:
    """The instances to begin the next evaluation with: those that are pending or firing."""
    return {key: instance for key, instance in after.items() if instance.state in ("pending", "firing")}


def _verdict(rule: Rule, value: float | None) -> Verdict:
    return "breach" if value is not None and rule.is_breached(value) else "calm"
