"""The table of lowest scores holds what a reviewer should read: what is low for its score, not what is often zero."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.panels import TimeRange, panel_by_id, run_panel
from tests.dashboards.seeds import NOON, Row, score, store_rows

pytestmark = pytest.mark.store

# Over hours, and over quarters of days that were counted by now.
_RANGES = [TimeRange(start=NOON - timedelta(hours=5), end=NOON), TimeRange(start=NOON - timedelta(days=30), end=NOON)]
_CALLS = 100


def _judged(number: int, name: str, value: float) -> Row:
    return score(number, minutes_ago=200 - number, name=name, evaluator=name, value=value)


def _lowest(store: Store, time_range: TimeRange) -> list[tuple[Any, ...]]:
    """Rows as name, score, usual and the number of the call."""
    rows = run_panel(store, panel_by_id("lowest-scores"), project="shop", time_range=time_range, filters={}).rows
    return [(name, value, round(float(str(usual)), 3), int(str(trace_id), 16)) for _, name, value, usual, trace_id, _ in rows]


@pytest.mark.parametrize("time_range", _RANGES, ids=["hours", "a month"])
def test_zeros_that_most_answers_get_make_no_room_for_themselves(store: Store, time_range: TimeRange) -> None:
    """Two answers refuse, half match exactly, three are not grounded, one is no JSON, and all are equally polite."""
    rows = []
    for number in range(_CALLS):
        rows += [
            _judged(number, "refusal", float(number in (20, 21))),
            _judged(number, "exact_match", float(number % 5 < 2)),
            _judged(number, "valid_json", float(number != 30)),
            _judged(number, "groundedness", {40: 0.1, 41: 0.2, 42: 0.3}.get(number, 0.9 if number % 2 else 0.8)),
            _judged(number, "polite", 0.1),
        ]
    store_rows(store, "scores", rows)
    assert _lowest(store, time_range) == [
        ("valid_json", 0.0, 0.99, 30),
        ("groundedness", 0.1, 0.831, 40),
        ("groundedness", 0.2, 0.831, 41),
        ("groundedness", 0.3, 0.831, 42),
    ]


@pytest.mark.parametrize("time_range", _RANGES, ids=["hours", "a month"])
def test_one_score_takes_five_places_and_its_newest_among_equals(store: Store, time_range: TimeRange) -> None:
    rows = [_judged(number, name, float(number >= 10)) for number in range(_CALLS) for name in ("valid_json", "tool_calls")]
    store_rows(store, "scores", rows)
    listed = [(name, 0.0, 0.9, number) for number in range(9, 4, -1) for name in ("tool_calls", "valid_json")]
    assert sorted(_lowest(store, time_range)) == sorted(listed)
