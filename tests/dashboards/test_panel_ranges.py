"""A long range is answered from merged hours, quarters of days and days, and still counts exactly what lies in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from spanhouse_collector.storage import Query, Store
from spanhouse_dashboards.panels import PANELS, TimeRange, run_panel
from tests.dashboards.seeds import NOON, Row, call, other_span, score, store_calls, store_rows

pytestmark = pytest.mark.store

_DAY_MINUTES = 24 * 60
# Half an hour of the first hour and of the last lie in it.
_LONG = TimeRange(start=NOON + timedelta(minutes=30, days=-10), end=NOON + timedelta(minutes=30))
_BEFORE, _FIRST_HOUR, _LAST_HOUR, _AFTER = 10 * _DAY_MINUTES - 20, 10 * _DAY_MINUTES - 40, -10, -40
_BETWEEN = (9 * _DAY_MINUTES, 9 * _DAY_MINUTES - 59, 60)


def _shown(store: Store, panel_id: str, time_range: TimeRange = _LONG) -> list[tuple[Any, ...]]:
    panel = next(panel for panel in PANELS if panel.id == panel_id)
    return list(run_panel(store, panel, project="shop", time_range=time_range, filters={}).rows)


def _forget(store: Store, table: str, condition: str) -> None:
    store.execute(Query(name="forget", text=f"ALTER TABLE {table} DELETE WHERE {condition} SETTINGS mutations_sync = 2"))


@pytest.fixture
def days(store: Store) -> Store:
    ago = (_BEFORE, _FIRST_HOUR, *_BETWEEN, _LAST_HOUR, _AFTER)
    store_calls(store, [call(number, minutes_ago=minutes, duration_ns=10**9) for number, minutes in enumerate(ago, 1)])
    return store


def test_a_long_range_counts_what_lies_in_it(days: Store) -> None:
    assert _shown(days, "calls-total") == [(5,)]
    assert _shown(days, "cost-total") == [(0.005,)]
    assert _shown(days, "latency-total") == [(1000.0,)]
    assert sum(row[3] for row in _shown(days, "traffic")) == 5


def test_its_whole_hours_come_from_hours_and_its_ends_from_minutes(days: Store) -> None:
    _forget(days, "spans_minute", "minute BETWEEN '2026-10-23 13:00:00' AND '2026-11-02 11:59:59'")
    _forget(days, "spans_hour", "hour NOT BETWEEN '2026-10-23 13:00:00' AND '2026-11-02 11:00:00'")
    assert _shown(days, "calls-total") == [(5,)]
    assert sum(row[3] for row in _shown(days, "traffic")) == 5


@pytest.fixture
def scored_days(store: Store) -> Store:
    """The same moments, each with a score: the first ones the lowest, and nothing lower in the range than 0.2."""
    ago = (_BEFORE, _FIRST_HOUR, *_BETWEEN, _LAST_HOUR, _AFTER)
    store_rows(store, "scores", [score(number, minutes_ago=minutes, value=number / 10) for number, minutes in enumerate(ago, 1)])
    return store


def test_scores_of_a_long_range_are_those_in_it(scored_days: Store) -> None:
    ((_, wanted, coverage, mean, low, high),) = _shown(scored_days, "score-summary")
    assert (wanted, coverage, mean) == (5, 1, pytest.approx(0.4))
    # Five values a tenth apart: their standard deviation is the root of 0.1 / 4.
    assert (mean - low, high - mean) == (pytest.approx(1.96 * (0.025 / 5) ** 0.5), pytest.approx(1.96 * (0.025 / 5) ** 0.5))
    assert [row[2:4] for row in _shown(scored_days, "lowest-scores")] == [(0.2, pytest.approx(0.4))]
    assert sum(row[3] for row in _shown(scored_days, "evaluations")) == 5
    assert [row[0] for row in _shown(scored_days, "score-distribution")] == [f"0.{n} to 0.{n + 1}" for n in range(2, 7)]
    assert {row[2:] for row in _shown(scored_days, "evaluation-lag")} == {(5.0, 5.0)}


def test_scores_of_whole_hours_come_from_hours_and_those_of_the_ends_from_the_scores(scored_days: Store) -> None:
    _forget(scored_days, "scores", "time BETWEEN '2026-10-23 13:00:00' AND '2026-11-02 11:59:59'")
    _forget(scored_days, "scores_hour", "hour NOT BETWEEN '2026-10-23 13:00:00' AND '2026-11-02 11:00:00'")
    assert _shown(scored_days, "score-summary")[0][1] == 5


def _work(number: int, minutes: float) -> list[Row]:
    """A failed call that read three documents and called a tool three times, as one session's only trace."""
    start = NOON - timedelta(minutes=minutes)
    who = {"session_id": f"s{number}", "user_id": "ann", "received_at": start + timedelta(seconds=2), "stored_at": start}
    tool: Row = {"kind": "tool", "tool_name": "search", "parent": number, "minutes_ago": minutes, **who}
    found: Row = {"content": {"gen_ai.retrieval.documents": '[{"score": 0.5}, {"score": 0.75}, {}]'}}
    failed: Row = {"status_code": "Error", "error_type": "timeout", "finish_reasons": ["stop"], "duration_ns": number * 10**9}
    return [
        call(number, minutes_ago=minutes, **failed, **who),
        *(other_span(number * 10 + one, **tool) for one in range(1, 4)),
        other_span(number * 10 + 4, **{**tool, "kind": "retriever"}, **found),
        other_span(number * 10 + 5, **{**tool, "kind": "agent"}, agent_name="helper"),
    ]


@pytest.fixture
def worked_days(store: Store) -> Store:
    """The same moments, each with a trace; its number says how many seconds its call took."""
    ago = (_BEFORE, _FIRST_HOUR, *_BETWEEN, _LAST_HOUR, _AFTER)
    store_calls(store, [span for number, minutes in enumerate(ago, 1) for span in _work(number, minutes)])
    return store


def _tables(store: Store) -> dict[str, Any]:
    """What tables of a long range say of the five traces in it."""
    return {
        panel: _shown(store, panel) for panel in ("tool-calls", "agent-runs", "cost-by-user", "repeated-tools", "cost-by-session")
    }


_IN_RANGE = range(2, 7)
_TABLES = {
    "tool-calls": [("search", 15, 0.0, 1000.0, 1000.0)],
    "agent-runs": [("helper", 5, 0.0, 1000.0, 1000.0)],
    "cost-by-user": [("ann", 5, 600, 0.005)],
    "repeated-tools": [(f"{number:032x}", "search", 3) for number in _IN_RANGE],
    "cost-by-session": [(f"s{number}", 1, 120, 0.001) for number in _IN_RANGE],
}


def test_what_spans_did_in_a_long_range_is_what_they_did_in_it(worked_days: Store) -> None:
    assert _tables(worked_days) == _TABLES
    assert [row[:5] for row in _shown(worked_days, "longest-sessions")] == [
        (f"s{number}", "ann", 1, 1, 1) for number in _IN_RANGE
    ]
    assert [row[4] for row in _shown(worked_days, "slowest-calls")] == [6000.0, 5000.0, 4000.0, 3000.0, 2000.0]
    assert [row[1] for row in _shown(worked_days, "latest-errors")] == [f"{number:032x}" for number in reversed(_IN_RANGE)]


_POINTS = {
    "latency-heatmap": [("  2.0 s", 1), ("  5.0 s", 2), ("  5.0 s", 1), (" 10.0 s", 1)],
    "errors-by-type": [("timeout", 1), ("timeout", 2), ("timeout", 1), ("timeout", 1)],
    "finish-reasons": [("stop", 1), ("stop", 2), ("stop", 1), ("stop", 1)],
    "retrieved-documents": [("support", 3.0)] * 4,
    "retrieval-best-score": [("support", 0.75)] * 4,
    "empty-retrievals": [("support", 0.0)] * 4,
    "sessions-and-users": [(1, 1), (2, 1), (1, 1), (1, 1)],
    "ingest-delay": [(1.0, 0.0)] * 4,
}


def test_whole_hours_come_from_hours_and_the_ends_from_spans(worked_days: Store) -> None:
    whole = "BETWEEN '2026-10-23 13:00:00' AND '2026-11-02 11:59:59'"
    _forget(worked_days, "spans", f"start_time {whole}")
    _forget(worked_days, "steps_hour", f"hour NOT {whole}")
    _forget(worked_days, "sessions_hour", f"hour NOT {whole}")
    assert {panel: [row[1:] for row in _shown(worked_days, panel)] for panel in _POINTS} == _POINTS
    assert _tables(worked_days) == _TABLES


def test_what_has_no_axis_of_time_takes_whole_hours_of_a_short_range_too(worked_days: Store) -> None:
    _forget(worked_days, "spans", "start_time BETWEEN '2026-11-02 07:00:00' AND '2026-11-02 11:59:59'")
    morning = TimeRange(start=NOON - timedelta(hours=5, minutes=30), end=NOON + timedelta(minutes=30))
    assert _shown(worked_days, "cost-by-session", morning) == [("s5", 1, 120, 0.001), ("s6", 1, 120, 0.001)]
    assert _shown(worked_days, "repeated-tools", morning) == [(f"{number:032x}", "search", 3) for number in (5, 6)]
    assert [row[:2] for row in _shown(worked_days, "retries-by-model", morning)] == [("support", "small")]
    assert [row[1:3] for row in _shown(worked_days, "use-cases", morning)] == [(2, 6000.0)]


def test_a_short_range_comes_from_minutes(days: Store) -> None:
    _forget(days, "spans_hour", "1")
    day = TimeRange(start=NOON - timedelta(days=1), end=NOON)
    assert _shown(days, "calls-total", day) == [(1,)]


def test_hours_that_may_not_be_merged_yet_come_from_minutes(store: Store) -> None:
    """The hour that has just ended is in minutes alone until the collector's next round."""
    now = datetime.now(NOON.tzinfo)
    minutes_ago = (NOON - now) / timedelta(minutes=1)
    store_calls(store, [call(1, minutes_ago=minutes_ago + 1), call(2, minutes_ago=minutes_ago + 61)])
    _forget(store, "spans_hour", "1")
    assert _shown(store, "calls-total", TimeRange(start=now - timedelta(days=10), end=now)) == [(2,)]


# The same moments of a month, whose points lie six hours apart: half of the first quarter of a day and of the last lie in it.
_MONTH = TimeRange(start=NOON - timedelta(days=30, hours=3), end=NOON + timedelta(hours=3))
_MONTH_MINUTES = 30 * _DAY_MINUTES
_QUARTERS = "BETWEEN '2026-10-03 12:00:00' AND '2026-11-02 11:59:59'"
_DAYS = "BETWEEN '2026-10-04 00:00:00' AND '2026-11-01 23:59:59'"


@pytest.fixture
def month(store: Store) -> Store:
    """A trace before the month, one in each of its ends and two between, one after it; each with a score."""
    ago = (_MONTH_MINUTES + 190, _MONTH_MINUTES + 130, _MONTH_MINUTES // 2, 10, -130, -190)
    store_calls(store, [span for number, minutes in enumerate(ago, 1) for span in _work(number, minutes)])
    store_rows(store, "scores", [score(number, minutes_ago=minutes, value=number / 10) for number, minutes in enumerate(ago, 1)])
    return store


def _of_month(store: Store) -> dict[str, Any]:
    tables = (
        "calls-total",
        "cost-total",
        "latency-total",
        "tool-calls",
        "cost-by-user",
        "latency-by-user",
        "longest-sessions",
        "use-cases",
    )
    return {panel: _shown(store, panel, _MONTH) for panel in tables} | {
        "traffic": [row[3] for row in _shown(store, "traffic", _MONTH)],
        "errors-by-type": [row[1:] for row in _shown(store, "errors-by-type", _MONTH)],
        "ingest-delay": [row[1:] for row in _shown(store, "ingest-delay", _MONTH)],
        "score-summary": [row[:4] for row in _shown(store, "score-summary", _MONTH)],
    }


def test_whole_quarters_and_days_come_from_those_and_the_ends_from_hours(month: Store) -> None:
    shown = _of_month(month)
    assert (shown["calls-total"], shown["cost-by-user"]) == ([(4,)], [("ann", 4, 480, 0.004)])
    assert shown["latency-by-user"] == [("ann", 4, pytest.approx(5000), 5000)]
    assert [row[:3] for row in shown["longest-sessions"]] == [(f"s{number}", "ann", 1) for number in range(2, 6)]
    assert [row[1:4] for row in shown["use-cases"]] == [(4, pytest.approx(5000), 5000)]
    for table, column in (("spans", "start_time"), ("scores", "time"), ("spans_minute", "minute")):
        _forget(month, table, f"{column} {_QUARTERS}")
    for name in ("spans", "steps", "scores"):
        _forget(month, f"{name}_hour", f"hour {_QUARTERS}")
        _forget(month, f"{name}_quarter", f"quarter NOT {_QUARTERS}")
    for name in ("sessions", "use_cases"):
        _forget(month, f"{name}_hour", f"hour {_DAYS}")
    for name in ("users", "sessions", "use_cases"):
        _forget(month, f"{name}_day", f"day NOT {_DAYS}")
    assert _of_month(month) == shown


def test_quarters_that_may_not_be_merged_yet_come_from_hours(store: Store) -> None:
    """The quarter of a day that has just ended is in hours alone until the collector's next round."""
    now = datetime.now(NOON.tzinfo)
    minutes_ago = (NOON - now) / timedelta(minutes=1)
    store_calls(store, [call(number, minutes_ago=minutes_ago + number * 60) for number in range(1, 9)])
    _forget(store, "spans_quarter", f"quarter > '{now - timedelta(hours=8):%Y-%m-%d %H:%M:%S}'")
    assert _shown(store, "calls-total", TimeRange(start=now - timedelta(days=30), end=now)) == [(8,)]
