"""What is worth telling after an evaluation: alerts that are new, that go on, or that ended, grouped as the rule says.

Pure: must not know clocks, stores, contacts or words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.rounds import Segment, segment_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message about the segments of a group, the worst first; never empty.

    `is_news` says whether one of them was not told before. `is_partial`: others of the group go on, so only those who keep
    each alert apart are told of this end.
    """

    status: Literal["firing", "resolved"]
    group: Segment
    occasions: Sequence[Occasion]
    is_news: bool = True
    is_partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush:
    """Why somebody need not be told: an occasion that is silenced or muted, and segments that are acknowledged."""

    is_quiet: Callable[[Occasion], bool]
    acknowledged: frozenset[Segment] = frozenset()


def notices(rule: Rule, occasions: Sequence[Occasion], *, hush: Hush, now: datetime) -> list[Notice]:
    """The messages due, from all of a rule's segments as they stand.

    A group is told when one of its segments fires that was not told, and again every `repeat_s` unless all that is firing is
    acknowledged; its end is told once none of it fires any more. What is quiet is told later, if it still fires then.
    """
    groups: dict[Segment, list[Occasion]] = {}
    for occasion in occasions:
        groups.setdefault(_group_of(rule, occasion.segment), []).append(occasion)
    found = []
    for group, members in groups.items():
        found += _of_group(rule, group, members=members, hush=hush, now=now)
    return found


def _of_group(rule: Rule, group: Segment, *, members: Sequence[Occasion], hush: Hush, now: datetime) -> list[Notice]:
    firing = [one for one in members if one.instance.state == "firing"]
    told = [one for one in firing if not hush.is_quiet(one)]
    is_news = any(one.instance.told_at is None for one in told)
    is_due = any(_is_due(rule, one, hush=hush, now=now) for one in told)
    found = []
    if is_news or is_due:
        found.append(Notice(status="firing", group=group, occasions=_worst_first(rule, told), is_news=is_news))
    ended = [one for one in members if one.instance.state == "resolved" and one.instance.told_at is not None]
    if ended:
        found.append(Notice(status="resolved", group=group, occasions=_worst_first(rule, ended), is_partial=bool(firing)))
    return found


def _group_of(rule: Rule, segment: Mapping[str, str]) -> Segment:
    if rule.group_by is None:
        return segment_of(segment)
    return segment_of({name: value for name, value in segment.items() if name in rule.group_by})


def _is_due(rule: Rule, occasion: Occasion, *, hush: Hush, now: datetime) -> bool:
    told_at = occasion.instance.told_at
    if told_at is None or rule.repeat_s == 0 or segment_of(occasion.segment) in hush.acknowledged:
        return False
    return now - told_at >= timedelta(seconds=rule.repeat_s)


def _worst_first(rule: Rule, occasions: Sequence[Occasion]) -> list[Occasion]:
    sign = -1 if rule.comparison == "above" else 1

    def distance(occasion: Occasion) -> float:
        value = occasion.instance.value
        return float("-inf") if value is None else sign * value

    return sorted(occasions, key=distance)
