"""Hours of scores count each score once, whenever and by whomever it was made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spanhouse_collector.ingest.score_hours import ScoreHours
from spanhouse_collector.storage import Query, Store

pytestmark = pytest.mark.store

HOUR = datetime(2026, 1, 5, 9, tzinfo=UTC)

IN_HOURS = """
SELECT hour, model, sum(scores) AS counted, sum(value_sum) AS total, min(value_min) AS lowest, sumForEach(tenths) AS tenths
FROM scores_hour FINAL
GROUP BY hour, model
HAVING counted > 0
ORDER BY hour, model
"""


def score(span: str, *, minute: int, value: float | None = 0.5, **columns: Any) -> dict[str, Any]:
    """A score of a span that began so many minutes after `HOUR`, made a minute later."""
    begun = HOUR + timedelta(minutes=minute)
    row = {"project": "shop", "time": begun, "scored_at": begun + timedelta(minutes=1), "target": "span", "span_id": span}
    found = {"status": "unscored" if value is None else "scored", "value": value, "name": "tone", "model": "small"}
    return {**row, **found, "source": "evaluator", **columns}


def hours(store: Store) -> list[tuple[int, str, int, float]]:
    """Hours after `HOUR`, model, scores and the sum of their values."""
    rows = store.query(Query(name="hours", text=IN_HOURS))
    return [((row["hour"] - HOUR) // timedelta(hours=1), row["model"], row["counted"], row["total"]) for row in rows]


def test_scores_are_counted_in_the_hour_of_what_they_judge(store: Store) -> None:
    store.insert("scores", [score("a", minute=0), score("b", minute=59, value=None), score("c", minute=60, value=0.25)])
    assert ScoreHours(store).refresh() == 2
    assert hours(store) == [(0, "small", 2, 0.5), (1, "small", 1, 0.25)]


def test_hours_know_the_tenths_and_the_least_of_their_values(store: Store) -> None:
    store.insert("scores", [score(str(n), minute=n, value=value) for n, value in enumerate((0.0, 0.95, 1.0, 40.0, -1.0))])
    ScoreHours(store).refresh()
    (row,) = store.query(Query(name="hours", text=IN_HOURS))
    assert (row["tenths"], row["lowest"]) == ([1, 0, 0, 0, 0, 0, 0, 0, 0, 2], -1.0)


def test_a_score_that_comes_later_or_again_is_counted_once(store: Store) -> None:
    hourly = ScoreHours(store)
    store.insert("scores", [score("a", minute=0)])
    hourly.refresh()
    now = datetime.now(UTC)
    store.insert("scores", [score("a", minute=0, scored_at=now), score("b", minute=30, scored_at=now)])
    assert hourly.refresh() == 1
    assert hours(store) == [(0, "small", 2, 1.0)]


def test_a_group_whose_scores_are_gone_counts_nothing_any_more(store: Store) -> None:
    hourly = ScoreHours(store)
    store.insert("scores", [score("a", minute=0)])
    hourly.refresh()
    store.execute(Query(name="gone", text="ALTER TABLE scores DELETE WHERE span_id = 'a' SETTINGS mutations_sync = 2"))
    store.insert("scores", [score("b", minute=0, model="large", scored_at=datetime.now(UTC))])
    hourly.refresh()
    assert hours(store) == [(0, "large", 1, 0.5)]


def test_nothing_is_counted_again_while_nothing_changes(store: Store) -> None:
    hourly = ScoreHours(store)
    store.insert("scores", [score("a", minute=0)])
    assert [hourly.refresh(), hourly.refresh(), ScoreHours(store).refresh()] == [1, 0, 0]


def test_an_hour_is_counted_once_more_a_day_after_its_last_score(store: Store) -> None:
    """A score may be stored later than it says: it waited in a journal."""
    yesterday = datetime.now(UTC) - timedelta(days=1, minutes=5)
    store.insert("scores", [score("a", minute=0, scored_at=yesterday)])
    early = int((yesterday + timedelta(hours=1)).timestamp() * 1000)
    counted = {"project": "shop", "hour": HOUR, "name": "tone", "source": "evaluator", "status": "scored", "version": early}
    store.insert("scores_hour", [counted])
    hourly = ScoreHours(store)
    assert [hourly.refresh(), hourly.refresh()] == [1, 0]


def test_an_hour_is_counted_when_it_is_over(store: Store) -> None:
    minutes = (datetime.now(UTC) - HOUR) // timedelta(minutes=1)
    store.insert("scores", [score("a", minute=minutes), score("b", minute=minutes - 60)])
    ScoreHours(store).refresh()
    assert [row[0] for row in hours(store)] == [(minutes - 60) // 60]
