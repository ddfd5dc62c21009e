"""The number that each shipped rule reads is the one that its description promises, counted again here from the rows."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts import load_rules
from spanhouse_dashboards.alerts.bulk import Moments, read_all
from spanhouse_dashboards.alerts.model import Rule
from spanhouse_dashboards.alerts.readings import Reading, read, readings_of
from tests.dashboards.alert_world import World, make_world, store_world
from tests.dashboards.seeds import NOON, Row
from tests.stores import migrated

pytestmark = pytest.mark.store

Segment = tuple[str, ...]
Values = dict[Segment, float]
Key = Callable[[Row], Segment]

_RULES = {rule.id: rule for rule in load_rules().rules}
_WEEK = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
# Percentiles come of digests, which read a little beside the sorted rows.
_DIGEST = 0.05


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


@pytest.fixture(scope="module")
def filled(engine_url: str, world: World) -> Iterator[Store]:
    """Read by all tests here, changed by none."""
    store = migrated(engine_url, database="alert_values")
    store_world(store, world)
    yield store
    store.raw("DROP DATABASE alert_values SYNC", output_format="Null")
    store.close()


def of_service(row: Row) -> Segment:
    return (row["service"],)


def of_model(row: Row) -> Segment:
    return row["service"], row["response_model"]


def grouped(rows: Sequence[Row], key: Key) -> dict[Segment, list[Row]]:
    found: dict[Segment, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return dict(found)


def since(rows: Sequence[Row], seconds: float, *, column: str = "start_time") -> list[Row]:
    return [row for row in rows if row[column] >= NOON - timedelta(seconds=seconds)]


def whole_minutes(rows: Sequence[Row], seconds: float) -> list[Row]:
    """The rows of minutes that lie in the last so many seconds with all they have."""
    return since(rows, seconds - 60)


def model_calls(world: World) -> list[Row]:
    return [row for row in world.calls if row["kind"] == "llm"]


def failed(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["status_code"] == "Error"]


def high(values: Sequence[int], *, slow: int) -> float:
    """What five in a hundred exceed, or, of few, what the slowest `slow` took at least; on the levels that are kept."""
    wanted = max(0.75, min(0.95, 1 - slow / len(values)))
    level = max(level for level in (0.75, 0.8, 0.85, 0.9, 0.925, 0.95) if level <= wanted)
    return float(np.quantile(values, level))


def error_rate(world: World, rule: Rule) -> Values:
    found = grouped(since(model_calls(world), rule.window_s), of_model)
    many = {key: rows for key, rows in found.items() if len(rows) >= 20 and len(failed(rows)) >= 5}
    lasting = {key: rows for key, rows in many.items() if len({minute_of(row, "start_time") for row in failed(rows)}) >= 4}
    return {key: len(failed(rows)) / len(rows) for key, rows in lasting.items()}


def latency(world: World, rule: Rule) -> Values:
    found = grouped(since(model_calls(world), rule.window_s), of_model)
    return {key: high([row["duration_ns"] for row in rows], slow=5) / 1e6 for key, rows in found.items() if len(rows) >= 20}


def first_token(world: World, rule: Rule) -> Values:
    streamed = [row for row in model_calls(world) if row["time_to_first_chunk_ns"] is not None]
    found = grouped(since(streamed, rule.window_s), of_model)
    waits = {key: [row["time_to_first_chunk_ns"] for row in rows] for key, rows in found.items()}
    return {key: high(ns, slow=5) / 1e6 for key, ns in waits.items() if len(ns) >= 20}


def quality(world: World, rule: Rule) -> Values:
    judged = [row for row in world.scores if row["name"] == "groundedness"]
    found = grouped(since(judged, rule.window_s, column="time"), lambda row: (row["service"], row["release"]))
    return {key: statistics.fmean(row["value"] for row in rows) for key, rows in found.items() if len(rows) >= 20}


def fallen_quality(world: World, rule: Rule) -> Values:
    judged = [row for row in world.scores if row["name"] == "groundedness"]
    found = grouped(since(judged, rule.window_s, column="time"), of_service)
    return {key: _fall(rows, rule=rule) for key, rows in found.items()}


def _fall(rows: Sequence[Row], *, rule: Rule) -> float:
    """How far the mean fell where it did: since the moment that makes the fall the plainest; else over all of the last part."""
    recent = NOON - timedelta(seconds=rule.parameters["recent"])
    before = statistics.fmean(row["value"] for row in rows if row["time"] < recent)
    halves: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        if row["time"] >= recent:
            halves[int(row["time"].timestamp()) // 30].append(row["value"])
    means = [statistics.fmean(halves[half]) for half in sorted(halves, reverse=True)]
    since_then = int(np.argmax(np.cumsum([before - rule.threshold - mean for mean in means]))) + 1
    fell = before - statistics.fmean(means[:since_then])
    return fell if fell > 2 * rule.threshold else min(before - statistics.fmean(means), rule.threshold)


def drifted(_world: World, _rule: Rule) -> Values:
    return {("duration_ns", "service=support"): 0.3, ("duration_ns", "service=search"): 0.0, ("topics", "all calls"): 0.25}


def budget(world: World, rule: Rule) -> Values:
    priced = [row for row in whole_minutes(world.calls, rule.window_s) if row["cost_usd"] is not None]
    return {key: float(sum(row["cost_usd"] for row in rows)) / 50 for key, rows in grouped(priced, of_service).items()}


def latency_change(world: World, rule: Rule) -> Values:
    found = dict[Segment, float]()
    recent_s = rule.parameters["recent"]
    for key, rows in grouped(since(model_calls(world), rule.window_s), of_model).items():
        recent = [row["duration_ns"] for row in whole_minutes(rows, recent_s)]
        before = [row["duration_ns"] for row in rows if row["start_time"] < NOON - timedelta(seconds=recent_s) + _MINUTE]
        if min(len(recent), len(before)) >= 50:
            found[key] = high(recent, slow=8) / float(np.quantile(before, 0.95))
    return found


def burnt(world: World, rule: Rule, *, is_bad: Callable[[Row], bool]) -> Values:
    """How many times faster than allowed the objective's budget goes, in all of the range and in its last part: the smaller."""
    found = dict[Segment, float]()
    for key, rows in grouped(since(model_calls(world), rule.window_s), of_service).items():
        recent = whole_minutes(rows, rule.parameters["short_window"])
        if len(rows) >= rule.minimum_sample and recent:
            shares = [sum(map(is_bad, some)) / len(some) for some in (rows, recent)]
            found[key] = min(shares) / (1 - rule.parameters["objective"]) if sum(map(is_bad, recent)) >= 3 else 0.0
    return found


def burnt_errors(world: World, rule: Rule) -> Values:
    return burnt(world, rule, is_bad=lambda row: row["status_code"] == "Error")


def burnt_latency(world: World, rule: Rule) -> Values:
    return burnt(world, rule, is_bad=lambda row: row["duration_ns"] > 10_000_000_000)


def by_week(rows: Sequence[Row], amount: Callable[[Row], float]) -> list[float]:
    """The last hour's amount, and that of the same hour of each week before."""
    weeks: dict[int, float] = defaultdict(float)
    for row in rows:
        ago = NOON - row["start_time"].replace(second=0, microsecond=0)
        if ago % _WEEK < timedelta(hours=1):
            weeks[ago // _WEEK] += amount(row)
    return [weeks[week] for week in range(5)]


def unusual_calls(world: World, _rule: Rule) -> Values:
    found = dict[Segment, float]()
    for key, rows in grouped(model_calls(world), of_service).items():
        now, *past = by_week(rows, lambda _row: 1)
        usual = statistics.median(past)
        spread = 1.4826 * statistics.median(abs(one - usual) for one in past)
        if usual >= 50:
            found[key] = abs(now - usual) / max(spread, usual**0.5, 0.1 * usual)
    return found


def unusual_cost(world: World, _rule: Rule) -> Values:
    found = dict[Segment, float]()
    for key, rows in grouped(world.calls, of_service).items():
        now, *past = by_week(rows, lambda row: float(row["cost_usd"] or 0))
        usual = statistics.median(past)
        spread = 1.4826 * statistics.median(abs(one - usual) for one in past)
        if usual > 0:
            found[key] = (now - usual) / max(spread, 0.25 * usual)
    return found


def silent(world: World, rule: Rule) -> Values:
    found = dict[Segment, float]()
    for key, rows in grouped(since(world.calls, rule.window_s), of_service).items():
        minutes = sorted({minute_of(row, "start_time") for row in rows})
        pauses = [later - earlier for earlier, later in pairwise(minutes)]
        silence = int(NOON.timestamp()) // 60 - minutes[-1]
        if len(minutes) >= rule.minimum_sample:
            found[key] = silence if silence > 3 * np.quantile(pauses, 0.99) else 0
    return found


def unjudged(world: World, _rule: Rule) -> Values:
    newest_call = max(minute_of(row, "start_time") for row in model_calls(world))
    scored = grouped([row for row in world.scores if row["status"] == "scored"], lambda row: (row["evaluator"],))
    return {key: newest_call - max(minute_of(row, "time") for row in rows) for key, rows in scored.items()}


def minute_of(row: Row, column: str) -> int:
    return int(row[column].timestamp()) // 60


def lost(world: World, rule: Rule) -> Values:
    found = Counter[Segment]()
    for row in since(world.dead_letters, rule.window_s, column="failed_at"):
        found[row["signal"], "malformed"] += 1
    for row in since(world.points, rule.window_s, column="time"):
        found["traces", "left out: no trace id"] += row["value"]
    for row in since(world.logs, rule.window_s, column="time"):
        found["spans", "lost by an SDK: full"] += int(row["attributes"]["spanhouse.sdk.count"])
    return dict(found)


_EXPECTED: dict[str, tuple[Callable[[World, Rule], Values], float]] = {
    "llm-error-rate": (error_rate, 1e-9),
    "llm-latency-p95": (latency, _DIGEST),
    "first-token-p95": (first_token, _DIGEST),
    "quality-drop": (quality, 1e-9),
    "quality-change": (fallen_quality, 1e-9),
    "drift-alarm": (drifted, 1e-9),
    "cost-per-hour": (budget, 1e-9),
    "latency-change": (latency_change, 2 * _DIGEST),
    "error-budget-fast": (burnt_errors, 1e-9),
    "error-budget-slow": (burnt_errors, 1e-9),
    "latency-budget-fast": (burnt_latency, 3 * _DIGEST),
    "traffic-anomaly": (unusual_calls, 1e-9),
    "cost-anomaly": (unusual_cost, 1e-9),
    "no-data": (silent, 1e-9),
    "evaluator-stalled": (unjudged, 1e-9),
    "rejected-requests": (lost, 1e-9),
}


def test_every_rule_is_counted_again() -> None:
    assert set(_EXPECTED) == set(_RULES)


@pytest.mark.parametrize("longer", [1, 2])
@pytest.mark.parametrize("rule_id", _EXPECTED)
def test_a_rule_reads_what_its_rows_say(filled: Store, *, world: World, rule_id: str, longer: int) -> None:
    """As it comes along, and over a range twice as long; live, and in a replay of some minutes."""
    rule = replace(_RULES[rule_id], window_s=_RULES[rule_id].window_s * longer)
    count, tolerance = _EXPECTED[rule_id]
    expected = count(world, rule)
    assert any(expected.values())
    assert values(read(filled, rule, project="shop", at=NOON)) == pytest.approx(expected, rel=tolerance)
    frame = read_all(filled, rule, project="shop", moments=Moments(first=NOON - 2 * _MINUTE, step_s=60, count=5))
    replayed = readings_of(rule, frame.filter(frame["moment"] == int(NOON.timestamp())).drop("moment"))
    assert values(replayed) == pytest.approx(expected, rel=tolerance)


def values(readings: Sequence[Reading]) -> Values:
    return {tuple(one.segment.values()): one.value for one in readings}
