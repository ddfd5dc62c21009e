"""For every rule that comes along, Grafana's form, the built-in form and the replay reach the same verdict on the same data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts import load_rules
from spanhouse_dashboards.alerts.bulk import Moments, read_all
from spanhouse_dashboards.alerts.readings import read, readings_of
from spanhouse_dashboards.grafana import GrafanaOptions
from spanhouse_dashboards.grafana.build import rule_group
from tests.contract.plugin import breached_segments
from tests.dashboards.seeds import NOON, Row, call, drift, score, store_calls, store_rows

pytestmark = pytest.mark.store

_RULES = load_rules().rules
_GRAFANA_RULES = rule_group(GrafanaOptions(project="shop"))["rules"]
_SUPPORT = frozenset({("service", "support")})
_SMALL = _SUPPORT | {("model", "small")}
_NUMBERS = range(60)


def _calls(**columns: object) -> Callable[[Store], None]:
    return lambda store: store_calls(store, (call(n, minutes_ago=2 + n % 6, **columns) for n in _NUMBERS))


def _scores(value: float) -> Callable[[Store], None]:
    return lambda store: store_rows(store, "scores", (score(n, minutes_ago=3, value=value) for n in _NUMBERS))


def _windows(*rows: Row) -> Callable[[Store], None]:
    return lambda store: store_rows(store, "measurements", rows)


def _day(*, silent_minutes: int = 0, lasts_ns: int = 1_000_000_000, **columns: object) -> Callable[[Store], None]:
    """A call in each minute of a day; in its last quarter of an hour five, which last so long and are as `columns` say."""

    def fill(store: Store) -> None:
        day = [call(n, minutes_ago=n) for n in range(max(silent_minutes, 60), 24 * 60 - 1)]
        recent = [call(10_000 + n, minutes_ago=n / 5, duration_ns=lasts_ns, **columns) for n in range(75)]
        store_calls(store, day if silent_minutes else [*day, *recent])

    return fill


def _weeks(*, now: int, **columns: object) -> Callable[[Store], None]:
    """A hundred calls within this hour of each of the four weeks before, and so many now, which are as `columns` say."""

    def fill(store: Store) -> None:
        past = [call(1_000 * week + n, minutes_ago=week * 7 * 24 * 60 + n / 2) for week in range(1, 5) for n in range(100)]
        store_calls(store, [*past, *(call(10_000 + n, minutes_ago=n / 2, **columns) for n in range(now))])

    return fill


def _scores_of_a_day(*, lately: float) -> Callable[[Store], None]:
    """A score each minute, the last hour's different."""

    def fill(store: Store) -> None:
        day = [score(n, minutes_ago=n, value=lately if n < 60 else 0.9) for n in range(1, 24 * 60)]
        store_rows(store, "scores", day)

    return fill


def _judged(*, late_minutes: int) -> Callable[[Store], None]:
    def fill(store: Store) -> None:
        store_calls(store, (call(n, minutes_ago=n) for n in _NUMBERS))
        store_rows(store, "scores", (score(n, minutes_ago=n) for n in range(late_minutes, late_minutes + 40)))

    return fill


def _failing(store: Store) -> None:
    store_calls(store, (call(n, minutes_ago=n) for n in _NUMBERS))
    failed = {"status": "failed", "value": None, "reason": "endpoint", "explanation": "down"}
    store_rows(store, "scores", (score(n, minutes_ago=n, **failed) for n in range(1, 41)))


def _refused(store: Store) -> None:
    refusal = {"project": "shop", "failed_at": NOON - timedelta(minutes=2), "signal": "traces", "reason": "malformed"}
    store_rows(store, "dead_letters", [{**refusal, "received_at": NOON, "body": ""}])


# For each rule (after a comma: another kind of its incident): data of an incident, data of a calm day, and the segments that the
# incident puts beyond the threshold.
_CASES: dict[str, tuple[Callable[[Store], None], Callable[[Store], None], set[frozenset[tuple[str, str]]]]] = {
    "llm-error-rate": (_calls(status_code="Error"), _calls(), {_SMALL}),
    "llm-latency-p95": (_calls(duration_ns=30_000_000_000), _calls(), {_SMALL}),
    "first-token-p95": (_calls(time_to_first_chunk_ns=9_000_000_000), _calls(), {_SMALL}),
    "quality-drop": (_scores(0.2), _scores(0.9), {_SUPPORT | {("release", "1")}}),
    "quality-change": (_scores_of_a_day(lately=0.3), _scores_of_a_day(lately=0.85), {_SUPPORT}),
    "drift-alarm": (
        _windows(drift(minutes_ago=90, value=0.4, alarm=True), drift(minutes_ago=30, value=0.5, alarm=True)),
        _windows(drift(minutes_ago=90), drift(minutes_ago=30, value=0.5, alarm=True)),
        {frozenset({("feature", "duration_ns"), ("slice", "service=support")})},
    ),
    "cost-per-hour": (_calls(cost_usd=2), _calls(), {_SUPPORT}),
    "latency-change": (_day(lasts_ns=3_000_000_000), _day(), {_SMALL}),
    "error-budget-fast": (_calls(status_code="Error"), _day(), {_SUPPORT}),
    "error-budget-slow": (_day(status_code="Error"), _day(), {_SUPPORT}),
    "latency-budget-fast": (_calls(duration_ns=30_000_000_000), _day(), {_SUPPORT}),
    "traffic-anomaly": (_weeks(now=0), _weeks(now=110), {_SUPPORT}),
    "cost-anomaly": (_weeks(now=100, cost_usd=2), _weeks(now=110), {_SUPPORT}),
    "no-data": (_day(silent_minutes=40), _day(), {_SUPPORT}),
    "evaluator-stalled": (_judged(late_minutes=30), _judged(late_minutes=1), {frozenset({("evaluator", "groundedness")})}),
    "evaluator-stalled, failing": (_failing, _judged(late_minutes=1), {frozenset({("evaluator", "groundedness")})}),
    "rejected-requests": (_refused, _calls(), {frozenset({("signal", "traces"), ("reason", "malformed")})}),
}


Segments = set[frozenset[tuple[str, str]]]


def _verdicts(store: Store, rule_id: str) -> tuple[Segments, Segments, Segments]:
    """The segments beyond the threshold, by Grafana's form, by ours, and by a replay that evaluates at noon."""
    rule_id = rule_id.partition(",")[0]
    rule = next(rule for rule in _RULES if rule.id == rule_id)
    grafana_rule = next(one for one in _GRAFANA_RULES if one["uid"].startswith(rule_id))
    live = read(store, rule, project="shop", at=NOON)
    moments = Moments(first=NOON - timedelta(minutes=2), step_s=60, count=5)
    frame = read_all(store, rule, project="shop", moments=moments)
    replayed = readings_of(rule, frame.filter(frame["moment"] == int(NOON.timestamp())).drop("moment"))
    found = [{frozenset(one.segment.items()) for one in readings if rule.is_breached(one.value)} for readings in (live, replayed)]
    return breached_segments(store, grafana_rule, at=NOON), found[0], found[1]


def test_every_rule_has_its_case() -> None:
    assert {case.partition(",")[0] for case in _CASES} == {rule.id for rule in _RULES}


@pytest.mark.parametrize("rule_id", _CASES)
def test_both_forms_see_the_incident(store: Store, rule_id: str) -> None:
    incident, _, segments = _CASES[rule_id]
    incident(store)
    assert _verdicts(store, rule_id) == (segments, segments, segments)


@pytest.mark.parametrize("rule_id", _CASES)
def test_both_forms_stay_quiet_on_a_calm_day(store: Store, rule_id: str) -> None:
    _, calm, _ = _CASES[rule_id]
    calm(store)
    assert _verdicts(store, rule_id) == (set(), set(), set())


def test_both_forms_of_every_rule_stay_quiet_on_an_empty_store(store: Store) -> None:
    assert {rule_id: _verdicts(store, rule_id) for rule_id in _CASES} == dict.fromkeys(_CASES, (set(), set(), set()))
