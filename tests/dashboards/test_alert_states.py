"""How a segment of a rule comes to fire and to be resolved, in time steps of a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from spanhouse_dashboards.alerts.model import NoData, Rule
from spanhouse_dashboards.alerts.readings import Reading
from spanhouse_dashboards.alerts.rounds import Segment, advance
from spanhouse_dashboards.alerts.states import Instance
from tests.dashboards.seeds import NOON

_RULE = Rule(
    id="errors",
    title="Error rate",
    description="Calls fail.",
    sql="llm_error_rate",
    comparison="above",
    threshold=0.5,
    unit="percentunit",
    panel="error-rate",
    for_s=120,
    keep_firing_s=120,
)


def _states(rule: Rule, values: Sequence[float | None]) -> Sequence[str]:
    """The state of the whole project's segment after each minute; None is a minute without data."""
    states, before = [], dict[Segment, Instance]()
    for minute, value in enumerate(values):
        readings = [] if value is None else [Reading(segment={}, value=value)]
        after = advance(rule, before, readings=readings, now=NOON + timedelta(minutes=minute))
        before = {key: one for key, one in after.items() if one.state in ("pending", "firing")}
        states.append(after[()].state if () in after else "inactive")
    return states


def test_a_breach_is_pending_until_it_has_lasted_and_then_fires() -> None:
    assert _states(_RULE, [0.9, 0.9, 0.9, 0.9]) == ["pending", "pending", "firing", "firing"]


def test_a_breach_that_ends_early_never_fires() -> None:
    assert _states(_RULE, [0.9, 0.9, 0.1, 0.9]) == ["pending", "pending", "inactive", "pending"]


def test_firing_is_kept_through_a_short_calm_and_ends_after_a_long_one() -> None:
    values = [0.9, 0.9, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1]
    assert _states(_RULE, values)[2:] == ["firing", "firing", "firing", "firing", "resolved", "inactive"]


def test_without_waiting_times_it_fires_and_resolves_at_once() -> None:
    rule = replace(_RULE, for_s=0, keep_firing_s=0)
    assert _states(rule, [0.9, 0.1, 0.1]) == ["firing", "resolved", "inactive"]


def test_the_threshold_itself_is_no_breach_in_either_direction() -> None:
    rule = replace(_RULE, for_s=0)
    assert _states(rule, [0.5]) == ["inactive"]
    assert _states(replace(rule, comparison="below"), [0.5, 0.4]) == ["inactive", "firing"]


@pytest.mark.parametrize(
    ("no_data", "states"),
    [
        ("ok", ["inactive", "firing", "resolved", "inactive"]),
        ("alerting", ["firing", "firing", "firing", "firing"]),
        ("keep_last", ["inactive", "firing", "firing", "firing"]),
    ],
)
def test_silence_means_what_the_rule_says(no_data: NoData, states: list[str]) -> None:
    rule = replace(_RULE, for_s=0, keep_firing_s=0, no_data=no_data)
    assert _states(rule, [None, 0.9, None, None]) == states


def test_a_segment_that_disappears_beside_others_becomes_calm() -> None:
    rule = replace(_RULE, for_s=0, keep_firing_s=0, no_data="alerting")
    both = [Reading(segment={"model": "a"}, value=0.9), Reading(segment={"model": "b"}, value=0.9)]
    before = advance(rule, {}, readings=both, now=NOON)
    after = advance(rule, before, readings=both[:1], now=NOON + timedelta(minutes=1))
    assert {key: one.state for key, one in after.items()} == {(("model", "a"),): "firing", (("model", "b"),): "resolved"}


def test_since_is_when_the_breach_began() -> None:
    after = advance(_RULE, {}, readings=[Reading(segment={}, value=0.9)], now=NOON)
    later = advance(_RULE, after, readings=[Reading(segment={}, value=0.8)], now=NOON + timedelta(minutes=5))
    assert later[()] == Instance(state="firing", active_since=NOON, breached_at=NOON + timedelta(minutes=5), value=0.8)
