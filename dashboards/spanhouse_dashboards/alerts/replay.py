"""Runs a rule over history, as if it had been on all the time. Writes and tells nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from spanhouse_collector.errors import InvalidRequest
from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts.message import Occasion
from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.readings import read
from spanhouse_dashboards.alerts.rounds import Segment, advance, lasting, occasions
from spanhouse_dashboards.alerts.states import Instance
from spanhouse_dashboards.panels import TimeRange


def replay(store: Store, rule: Rule, *, project: str, time_range: TimeRange, step_s: int) -> Iterator[Occasion]:
    """Each time the rule would have fired or been resolved, in order, evaluated every `step_s` seconds (at least 1).

    One query a step; what arrived late then is there now, so this shows the rule at its best.
    """
    if step_s < 1:
        raise InvalidRequest(f"the step is {step_s} s; give at least 1")
    before: dict[Segment, Instance] = {}
    now = time_range.start
    while now <= time_range.end:
        after = advance(rule, before, readings=read(store, rule, project=project, at=now), now=now)
        for occasion in occasions(rule, project, before=before, after=after, at=now):
            if occasion.instance.state in ("firing", "resolved"):
                yield occasion
        before = lasting(after)
        now += timedelta(seconds=step_s)
