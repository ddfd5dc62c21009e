"""What is told after an evaluation, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from spanhouse_dashboards.alerts import load_rules
from spanhouse_dashboards.alerts.message import Occasion, sentence
from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.notices import Hush, Notice, notices
from spanhouse_dashboards.alerts.payload import Evidence, body, payload, title
from spanhouse_dashboards.alerts.rounds import segment_of
from spanhouse_dashboards.alerts.states import Instance, State
from spanhouse_dashboards.alerts.timings import MuteTiming
from spanhouse_dashboards.words import length, quantity
from tests.dashboards.seeds import NOON

_RULES = {rule.id: rule for rule in load_rules().rules}
_ERRORS = replace(_RULES["llm-error-rate"], repeat_s=3600)
_NOBODY_QUIET = Hush(is_quiet=lambda _occasion: False)


def _occasion(
    rule: Rule, model: str = "small", *, state: State = "firing", value: float | None = 0.5, told_at: datetime | None = None
) -> Occasion:
    instance = Instance(state=state, active_since=NOON - timedelta(minutes=9), value=value, told_at=told_at)
    return Occasion(rule=rule, project="shop", segment={"service": "support", "model": model}, instance=instance, at=NOON)


def _told(found: list[Notice]) -> list[tuple[str, list[str], bool]]:
    return [(one.status, [occasion.segment["model"] for occasion in one.occasions], one.is_partial) for one in found]


def test_segments_of_a_group_are_told_in_one_message_the_worst_first() -> None:
    occasions = [_occasion(_ERRORS, "a", value=0.2), _occasion(_ERRORS, "b", value=0.9), _occasion(_ERRORS, "c", state="pending")]
    assert _told(notices(_ERRORS, occasions, hush=_NOBODY_QUIET, now=NOON)) == [("firing", ["b", "a"], False)]


def test_without_a_grouping_each_segment_is_told_apart_and_with_an_empty_one_all_together() -> None:
    other = replace(_occasion(_ERRORS, "b"), segment={"service": "search", "model": "b"})
    occasions = [_occasion(_ERRORS, "a"), other]
    for group_by, count in ((None, 2), (("service",), 2), ((), 1)):
        found = notices(replace(_ERRORS, group_by=group_by), occasions, hush=_NOBODY_QUIET, now=NOON)
        assert len(found) == count


def test_a_segment_that_joins_a_group_that_fires_is_news() -> None:
    occasions = [_occasion(_ERRORS, "a", told_at=NOON - timedelta(minutes=1)), _occasion(_ERRORS, "b", value=0.1)]
    assert _told(notices(_ERRORS, occasions, hush=_NOBODY_QUIET, now=NOON)) == [("firing", ["a", "b"], False)]


def test_a_groups_end_is_told_once_nothing_of_it_fires() -> None:
    ended = _occasion(_ERRORS, "a", state="resolved", told_at=NOON)
    going_on = _occasion(_ERRORS, "b", told_at=NOON)
    assert _told(notices(_ERRORS, [ended, going_on], hush=_NOBODY_QUIET, now=NOON)) == [("resolved", ["a"], True)]
    assert _told(notices(_ERRORS, [ended], hush=_NOBODY_QUIET, now=NOON)) == [("resolved", ["a"], False)]
    untold = _occasion(_ERRORS, "a", state="resolved")
    assert notices(_ERRORS, [untold], hush=_NOBODY_QUIET, now=NOON) == []


@pytest.mark.parametrize(
    ("told_minutes_ago", "repeat_s", "acknowledged", "is_told"),
    [(59, 3600, False, False), (60, 3600, False, True), (60, 0, False, False), (600, 3600, True, False)],
)
def test_what_goes_on_is_repeated_unless_somebody_looks_after_it(
    told_minutes_ago: int, repeat_s: int, acknowledged: bool, is_told: bool
) -> None:
    rule = replace(_ERRORS, repeat_s=repeat_s)
    occasion = _occasion(rule, told_at=NOON - timedelta(minutes=told_minutes_ago))
    seen = frozenset({segment_of(occasion.segment)}) if acknowledged else frozenset[tuple[tuple[str, str], ...]]()
    found = notices(rule, [occasion], hush=Hush(is_quiet=lambda _one: False, acknowledged=seen), now=NOON)
    assert bool(found) == is_told
    assert not any(notice.is_news for notice in found)


@pytest.mark.parametrize(
    ("timing", "at", "holds"),
    [
        (MuteTiming(name="weekend", weekdays=("saturday", "sunday")), "2026-11-07T12:00+00:00", True),
        (MuteTiming(name="weekend", weekdays=("saturday", "sunday")), "2026-11-09T12:00+00:00", False),
        (MuteTiming(name="night", start_minute=1320, timezone="Europe/Berlin"), "2026-11-09T21:00+00:00", True),
        (MuteTiming(name="night", start_minute=1320, timezone="Europe/Berlin"), "2026-11-09T20:59+00:00", False),
        (MuteTiming(name="early", end_minute=360), "2026-11-09T06:00+00:00", False),
    ],
)
def test_a_mute_timing_holds_on_its_days_and_hours_in_its_own_time_zone(timing: MuteTiming, at: str, holds: bool) -> None:
    assert timing.holds(datetime.fromisoformat(at)) == holds


@pytest.mark.parametrize(
    ("rule_id", "value", "firing", "resolved"),
    [
        ("llm-error-rate", 0.5, "Error rate of LLM calls is at 50%", "above 5%"),
        ("llm-latency-p95", 12_400.0, "p95 latency of LLM calls is at 12.4 s", "above 10 s"),
        ("quality-drop", 0.413, "Mean groundedness is at 0.413", "below 0.5"),
        (
            "quality-change",
            0.42,
            "Mean groundedness against the hours before fell by 0.42",
            "more than 0.1 and more than chance explains",
        ),
        ("drift-alarm", 0.34, "Share of calls that moved away from the reference is 34%", "more than chance explains"),
        (
            "cost-per-hour",
            1.33,
            "Cost of the last hour is $66.50, 133% of its budget of $50.00 in 60 min,",
            "above 100% of the budget",
        ),
        ("latency-change", 2.6, "p95 latency of LLM calls against the day before is 2.6 times its reference", "above 2 times"),
        (
            "error-budget-fast",
            40.0,
            "Error budget burn of LLM calls within the hour is 40 times what the objective of 99% allows",
            "above 14.4 times",
        ),
        (
            "traffic-anomaly",
            9.24,
            "LLM calls of the last hour against the same hour of earlier weeks is 9.24 usual deviations from what is usual",
            "above 8 usual deviations",
        ),
        ("no-data", 200.0, "Time without spans is at 3 h 20 min", "above 30 min"),
    ],
)
def test_each_kind_says_what_it_saw_and_what_it_was_held_against(rule_id: str, value: float, firing: str, resolved: str) -> None:
    occasion = replace(_occasion(_RULES[rule_id], value=value), segment={"service": "support"})
    assert sentence(occasion) == f"{firing} for service support in project shop, {resolved}, since 2026-11-02 11:51 UTC."
    ended = replace(occasion, instance=replace(occasion.instance, state="resolved"))
    assert sentence(ended) == (
        f"{firing} for service support in project shop, no longer {resolved}; "
        "it was so from 2026-11-02 11:51 UTC to 2026-11-02 12:00 UTC."
    )


def test_an_end_without_data_does_not_read_like_a_recovery() -> None:
    instance = Instance(
        state="resolved", active_since=NOON - timedelta(minutes=90), breached_at=NOON - timedelta(minutes=60), value=None
    )
    ended = replace(_occasion(_ERRORS), instance=instance)
    content = payload(Notice(status="resolved", group=(), occasions=[ended]), Evidence(), console_url="http://console")
    assert title(content) == "[ENDED WITHOUT DATA] Error rate of LLM calls: model small, service support"
    assert body(content).split("\n\n")[:2] == [
        (
            "Error rate of LLM calls has no data any more for model small, service support in project shop, which ends the alert "
            "without saying that all is well; it was above 5% from 2026-11-02 10:30 UTC until it was last read so at "
            "2026-11-02 11:00 UTC."
        ),
        "Nothing was there to judge. Look whether the application still makes calls and sends them.",
    ]
    recovered = replace(ended, instance=replace(instance, value=0.01))
    both = Notice(status="resolved", group=(), occasions=[recovered, ended])
    assert title(payload(both, Evidence(), console_url="http://console")).startswith("[RESOLVED]")


def test_what_fires_without_data_says_when_it_was_last_read_and_what_never_fired_says_so() -> None:
    still = replace(_occasion(_ERRORS, value=None), instance=Instance(state="firing", active_since=NOON, breached_at=NOON))
    assert sentence(still).endswith(
        "; it was above 5% from 2026-11-02 12:00 UTC until it was last read so at 2026-11-02 12:00 UTC."
    )
    assert "which ends the alert" not in sentence(still)
    assert "for too short a time to fire" in sentence(_occasion(_ERRORS, state="inactive", value=None))
    alerting = replace(_ERRORS, no_data="alerting")
    assert "is without data for" in sentence(_occasion(alerting, value=None))


def test_a_message_tells_what_was_before_where_else_examples_and_where_to_look() -> None:
    rule = replace(_ERRORS, runbook="https://example.org/runbook")
    notice = Notice(status="firing", group=(("service", "support"),), occasions=[_occasion(rule, "a"), _occasion(rule, "b")])
    content = payload(notice, Evidence(before=0.012, trace_ids=["abc"]), console_url="http://console")
    assert title(content) == "[FIRING] Error rate of LLM calls: model a, service support"
    assert body(content).split("\n") == [
        (
            "Error rate of LLM calls is at 50% for model a, service support in project shop, above 5%, "
            "since 2026-11-02 11:51 UTC. Before that it was 1.2%."
        ),
        "",
        "More than one in twenty LLM calls of a service fails.",
        "",
        "Also:",
        f"- {sentence(_occasion(rule, 'b'))}",
        "",
        "Examples:",
        "- http://console/traces/abc?project=shop",
        "",
        (
            "Chart: http://console/?project=shop&from=2026-11-02T08%3A51%3A00&to=2026-11-02T12%3A00%3A00&service=support&model=a"
            "#panel-error-rate"
        ),
        (
            "Traces: http://console/traces?project=shop&from=2026-11-02T08%3A51%3A00&to=2026-11-02T12%3A00%3A00"
            "&service=support&model=a&status=error"
        ),
        "Runbook: https://example.org/runbook",
    ]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.1254, "percentunit", "12.5%"),
        (12.5, "percentunit", "1,250%"),
        (999.7, "short", "1,000"),
        (850, "ms", "850 ms"),
        (61_000, "ms", "61 s"),
        (0.0031, "currencyUSD", "$0.0031"),
        (1234.5, "currencyUSD", "$1,234.50"),
        (1500, "short", "1,500"),
        (14.4, "times", "14.4 times"),
        (40, "min", "40 min"),
    ],
)
def test_figures_are_written_as_a_person_writes_them(value: float, unit: str, words: str) -> None:
    assert quantity(value, unit) == words


@pytest.mark.parametrize(("seconds", "words"), [(45, "45 s"), (600, "10 min"), (12_000, "3 h 20 min"), (7 * 86_400, "7 days")])
def test_lengths_of_time_are_told_in_their_largest_units(seconds: float, words: str) -> None:
    assert length(seconds) == words


def test_a_slice_that_drifted_is_told_in_words_and_keeps_its_key() -> None:
    rule = _RULES["drift-alarm"]
    where = {"feature": "duration_ns", "slice": "model=small, prompt=ask"}
    told = payload(
        Notice(status="firing", group=segment_of(where), occasions=[replace(_occasion(rule), segment=where)]),
        Evidence(),
        console_url="http://127.0.0.1:4318",
    )
    assert "for duration, model small, prompt ask in project shop" in told["message"]
    assert title(told).endswith(": duration, model small, prompt ask")
    assert (told["segment"], told["incident"]) == (where, "shop/drift-alarm/feature duration_ns, slice model=small, prompt=ask")
