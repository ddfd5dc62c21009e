"""What chance, a hiccup or the mix of models does is no alarm of the rules that come along."""

from __future__ import annotations

from datetime import timedelta

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts import load_rules
from spanhouse_dashboards.alerts.readings import Reading, read
from spanhouse_dashboards.panels import TimeRange, panel_by_id, run_panel
from spanhouse_dashboards.words import slice_words
from tests.dashboards.seeds import NOON, call, drift, store_calls, store_rows

pytestmark = pytest.mark.store

_RULES = {rule.id: rule for rule in load_rules().rules}
_SLOW_NS = 20_000_000_000


def _breaches(store: Store, rule_id: str) -> list[Reading]:
    rule = _RULES[rule_id]
    return [one for one in read(store, rule, project="shop", at=NOON) if rule.is_breached(one.value)]


@pytest.mark.parametrize(("minutes", "is_told"), [(1, False), (3, False), (4, True)])
def test_errors_of_a_moment_are_no_outage(store: Store, minutes: int, is_told: bool) -> None:
    failed = [call(n, minutes_ago=2 + n % minutes, status_code="Error") for n in range(8)]
    store_calls(store, [*failed, *(call(100 + n, minutes_ago=3) for n in range(40))])
    assert bool(_breaches(store, "llm-error-rate")) is is_told


@pytest.mark.parametrize(("slow", "is_told"), [(2, False), (4, False), (8, True)])
@pytest.mark.parametrize(
    ("rule_id", "columns"),
    [
        ("llm-latency-p95", {"duration_ns": _SLOW_NS}),
        ("first-token-p95", {"duration_ns": _SLOW_NS, "time_to_first_chunk_ns": _SLOW_NS // 2}),
    ],
)
def test_the_slowest_of_few_calls_are_no_percentile(
    store: Store, rule_id: str, columns: dict[str, int], slow: int, is_told: bool
) -> None:
    calls = [call(n, minutes_ago=3, **columns if n < slow else {}) for n in range(24)]
    store_calls(store, calls)
    assert bool(_breaches(store, rule_id)) is is_told


@pytest.mark.parametrize(("slow", "is_told"), [(4, False), (12, True)])
def test_a_few_slow_calls_are_no_change_of_latency(store: Store, slow: int, is_told: bool) -> None:
    day = [call(1000 + n, minutes_ago=90 + n) for n in range(200)]
    hour = [call(n, minutes_ago=2 + n / 2, duration_ns=_SLOW_NS if n < slow else 1_000_000_000) for n in range(60)]
    store_calls(store, [*day, *hour])
    assert bool(_breaches(store, "latency-change")) is is_told


@pytest.mark.parametrize(("failed", "is_told"), [(2, False), (6, True)])
def test_two_failed_calls_burn_no_budget(store: Store, failed: int, is_told: bool) -> None:
    """The hour was bad, and five minutes of few calls have failures still."""
    hour = [call(100 + n, minutes_ago=10 + n / 2, status_code="Error" if n % 2 else "Ok") for n in range(80)]
    lately = [call(n, minutes_ago=1 + n / 4, status_code="Error" if n < failed else "Ok") for n in range(8)]
    store_calls(store, [*hour, *lately])
    assert bool(_breaches(store, "error-budget-fast")) is is_told


def test_drift_is_told_of_models_and_not_of_their_mix(store: Store) -> None:
    """By night another model has most of the calls: all of them together moved, none by itself."""
    model = {"segment": {"model": "small"}}
    moved = {"segment": {}, "value": 0.4, "alarm": True}
    store_rows(store, "measurements", [drift(minutes_ago=12 * 60, **model)])
    store_rows(store, "measurements", [drift(minutes_ago=n, **moved) for n in (30, 90)])
    assert _breaches(store, "drift-alarm") == []


def test_drift_of_all_calls_counts_where_models_are_not_compared(store: Store) -> None:
    moved = {"segment": {}, "alarm": True}
    store_rows(store, "measurements", [drift(minutes_ago=90, value=0.4, **moved), drift(minutes_ago=30, value=0.3, **moved)])
    assert _breaches(store, "drift-alarm") == [Reading(segment={"feature": "duration_ns", "slice": "all calls"}, value=0.3)]


def test_topics_are_told_of_all_calls(store: Store) -> None:
    moved = {"name": "topics", "segment": {}, "value": 0.4, "alarm": True}
    store_rows(
        store,
        "measurements",
        [drift(minutes_ago=90, segment={"model": "small"}), *(drift(minutes_ago=n, **moved) for n in (30, 90))],
    )
    assert [one.segment["feature"] for one in _breaches(store, "drift-alarm")] == ["topics"]


def test_one_change_is_told_once_for_models_and_not_for_each_service_too(store: Store) -> None:
    segments: tuple[dict[str, str], ...] = ({"model": "small"}, {"service": "support"}, {"prompt": "greet"}, {})
    moved = [drift(minutes_ago=n, segment=segment, value=0.4, alarm=True) for n in (30, 90) for segment in segments]
    store_rows(store, "measurements", moved)
    assert [one.segment["slice"] for one in _breaches(store, "drift-alarm")] == ["model=small"]


def test_what_models_do_not_have_is_told_by_service(store: Store) -> None:
    models = [drift(minutes_ago=90, segment={"model": "small"})]
    mixes = [
        drift(minutes_ago=n, name="tool_mix", segment=segment, value=0.4, alarm=True)
        for n in (30, 90)
        for segment in ({}, {"service": "support"})
    ]
    store_rows(store, "measurements", [*models, *mixes])
    assert [one.segment for one in _breaches(store, "drift-alarm")] == [{"feature": "tool_mix", "slice": "service=support"}]


def test_a_mix_of_what_is_compared_one_by_one_is_not_told(store: Store) -> None:
    services = [drift(minutes_ago=90, segment={"service": "support"})]
    mixes = [
        drift(minutes_ago=n, name="model_mix", segment=segment, value=0.4, alarm=True)
        for n in (30, 90)
        for segment in ({"provider": "openai"}, {})
    ]
    store_rows(store, "measurements", [*services, *mixes])
    assert _breaches(store, "drift-alarm") == []


def test_drift_of_scores_is_told_as_any_other(store: Store) -> None:
    """They raise the alarm by how far they moved in their own unit, not where a change of hundredths moves many of them."""
    moved = [drift(minutes_ago=n, name="score_tone", segment={"model": "small"}, value=0.4, alarm=True) for n in (30, 90)]
    store_rows(store, "measurements", moved)
    assert [one.segment for one in _breaches(store, "drift-alarm")] == [{"feature": "score_tone", "slice": "model=small"}]


def test_an_alarm_of_yesterday_is_over(store: Store) -> None:
    old = timedelta(hours=7) // timedelta(minutes=1)
    store_rows(store, "measurements", [drift(minutes_ago=old + n, value=0.4, alarm=True) for n in (0, 60)])
    assert _breaches(store, "drift-alarm") == []


def test_the_panel_calls_a_slice_as_people_are_told_of_it(store: Store) -> None:
    """So that a message's picture shows what the message is about."""
    store_rows(store, "measurements", [drift(minutes_ago=n, segment={"model": "a=b"}, value=0.4, alarm=True) for n in (30, 90)])
    (told,) = _breaches(store, "drift-alarm")
    time_range = TimeRange(start=NOON - timedelta(hours=6), end=NOON)
    for panel in ("drift-over-time", "drift-alarms"):
        shown = run_panel(store, panel_by_id(panel), project="shop", time_range=time_range, filters={})
        place = [column.name for column in shown.columns].index("slice")
        assert {row[place] for row in shown.rows} == {slice_words(told.segment["slice"])} == {"model a=b"}
