"""Minutes, hours and quarters of days count each span once, wherever in time it belongs, however often and late it came."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from spanhouse_collector.ingest.coarse import DAYS, QUARTERS, Merger
from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.storage import Query, Store

pytestmark = pytest.mark.store

HOUR = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECOND_NS = 1_000_000_000

IN_HOURS = """
SELECT hour, model, sum(spans) AS spans, sum(errors) AS errors, sum(cost_usd) AS cost_usd,
    quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns)[1] AS p50_ns
FROM spans_hour FINAL
GROUP BY hour, model
HAVING spans > 0
ORDER BY hour, model
"""
BESIDE = """
SELECT origin, hour, model, sum(counted) AS spans
FROM (
    SELECT 'sessions' AS origin, hour, model, spans AS counted FROM sessions_hour FINAL
    UNION ALL
    SELECT 'steps', hour, model, spans FROM steps_hour FINAL WHERE kind != 'all')
GROUP BY origin, hour, model
HAVING spans > 0
ORDER BY origin, hour, model
"""
FAILURES = """
SELECT toHour(hour) AS at, sum(failed) AS failed, sum(tried_again) AS tried_again
FROM failures_hour FINAL
GROUP BY at
"""
TRACES = """
SELECT toHour(hour) AS at, sum(traces) AS traces, sum(cost_usd) AS cost_usd
FROM use_cases_hour FINAL
GROUP BY at
"""
COLUMNS = "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String} ORDER BY position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A span of `HOUR` plus `minute`."""

    id: str
    minute: int
    model: str = "small"
    seconds: int = 1
    is_failed: bool = False
    session: str = "s"
    user: str = ""


def store_calls(store: Store, *calls: Call) -> set[tuple[str, datetime]]:
    """Stores the spans; returns their minutes."""
    store.insert("spans", [_row(call) for call in calls])
    return {("shop", HOUR + timedelta(minutes=call.minute)) for call in calls}


def _row(call: Call) -> dict[str, Any]:
    start = HOUR + timedelta(minutes=call.minute)
    row = {
        "project": "shop",
        "trace_id": "1" * 32,
        "span_id": call.id,
        "kind": "llm",
        "response_model": call.model,
        "session_id": call.session,
        "user_id": call.user,
        "status_code": "Error" if call.is_failed else "Ok",
    }
    return {**row, "start_time": start, "duration_ns": call.seconds * SECOND_NS, "cost_usd": Decimal("0.5")}


def refresh(store: Store, minutes: Iterable[tuple[str, datetime]]) -> None:
    rollup = Rollup(store, share=1.0)
    rollup.touch(minutes)
    rollup.refresh()


def hours(store: Store) -> list[tuple[int, str, int, float]]:
    """Hours after `HOUR`, model, spans and cost."""
    rows = store.query(Query(name="hours", text=IN_HOURS))
    return [((row["hour"] - HOUR) // timedelta(hours=1), row["model"], row["spans"], float(row["cost_usd"])) for row in rows]


def beside(store: Store) -> list[tuple[int, str, int]]:
    """Hours after `HOUR`, model and spans, on which the hours of sessions and of steps agree."""
    rows = store.query(Query(name="beside", text=BESIDE))
    found: dict[str, list[tuple[int, str, int]]] = {"sessions": [], "steps": []}
    for row in rows:
        found[row["origin"]].append(((row["hour"] - HOUR) // timedelta(hours=1), row["model"], row["spans"]))
    assert found["sessions"] == found["steps"]
    return found["steps"]


def test_hours_count_resent_and_late_spans_once_and_where_they_belong(store: Store) -> None:
    first = [Call(id="a", minute=0), Call(id="b", minute=59, model="large"), Call(id="c", minute=60)]
    refresh(store, store_calls(store, *first))
    assert hours(store) == [(0, "large", 1, 0.5), (0, "small", 1, 0.5), (1, "small", 1, 0.5)]
    refresh(store, store_calls(store, *first, Call(id="d", minute=30)))
    assert hours(store) == [(0, "large", 1, 0.5), (0, "small", 2, 1.0), (1, "small", 1, 0.5)]
    assert beside(store) == [(0, "large", 1), (0, "small", 2), (1, "small", 1)]


def test_hours_count_copies_within_one_batch_once(store: Store) -> None:
    refresh(store, store_calls(store, *(Call(id="a", minute=0) for _ in range(3)), Call(id="b", minute=60)))
    assert hours(store) == [(0, "small", 1, 0.5), (1, "small", 1, 0.5)]
    assert beside(store) == [(0, "small", 1), (1, "small", 1)]


def test_minutes_marked_while_others_are_recomputed_wait_for_the_next_round(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a round never ends under load, and keeps to no share of CPU."""
    marked = store_calls(store, Call(id="a", minute=5))
    rollup = Rollup(store, share=1.0)
    rollup.touch(marked)
    execute, rounds = store.execute, []

    def execute_beside_inserts(query: Query, *args: Any) -> None:
        if query.name == "refresh_minutes":
            rounds.append(query.name)
            assert len(rounds) == 1, "the round goes on with what was marked meanwhile"
            rollup.touch(store_calls(store, Call(id="b", minute=5)))
        execute(query, *args)

    monkeypatch.setattr(store, "execute", execute_beside_inserts)
    assert rollup.refresh() == 1
    monkeypatch.undo()
    store_calls(store, Call(id="c", minute=5))
    assert rollup.refresh() == 1
    assert store.query(Query(name="counted", text="SELECT sum(spans) AS spans FROM spans_minute FINAL")) == [{"spans": 3}]


def test_of_two_collectors_the_one_that_read_later_counts_whatever_their_clocks_say(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead_ns = time.time_ns() + 3_600 * SECOND_NS
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time_ns", lambda: ahead_ns)
        refresh(store, store_calls(store, Call(id="a", minute=0)))
    refresh(store, store_calls(store, Call(id="b", minute=0)))
    assert hours(store) == [(0, "small", 2, 1.0)]


def test_hours_have_the_quantiles_of_their_spans(store: Store) -> None:
    refresh(store, store_calls(store, *(Call(id=str(n), minute=n, seconds=n + 1) for n in range(59))))
    (row,) = store.query(Query(name="hours", text=IN_HOURS))
    assert row["p50_ns"] == pytest.approx(30 * SECOND_NS, rel=0.03)


def test_a_group_that_has_emptied_counts_nothing_any_more(store: Store) -> None:
    minutes = store_calls(store, Call(id="a", minute=0))
    refresh(store, minutes)
    store_calls(store, Call(id="a", minute=0, model="large"))
    store.execute(Query(name="moved", text="ALTER TABLE spans DELETE WHERE response_model = 'small' SETTINGS mutations_sync = 2"))
    refresh(store, minutes)
    assert hours(store) == [(0, "large", 1, 0.5)]
    assert beside(store) == [(0, "large", 1)]


def test_an_hour_is_merged_when_it_is_over(store: Store) -> None:
    this_hour = (datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - HOUR) // timedelta(minutes=1)
    refresh(store, store_calls(store, Call(id="a", minute=this_hour + 60), Call(id="b", minute=this_hour - 60)))
    assert [row[0] for row in hours(store)] == [this_hour // 60 - 1]


FAILURES = (
    "SELECT toHour(hour) AS at, sum(failed) AS failed, sum(tried_again) AS tried_again FROM failures_hour FINAL GROUP BY at"
)
TRACES = "SELECT toHour(hour) AS at, sum(traces) AS traces, sum(cost_usd) AS cost_usd FROM use_cases_hour FINAL GROUP BY at"


def test_an_hour_is_counted_again_when_what_began_in_it_goes_on_in_the_next(store: Store) -> None:
    refresh(store, store_calls(store, Call(id="a", minute=59, is_failed=True)))
    assert store.query(Query(name="failures", text=FAILURES)) == [{"at": HOUR.hour, "failed": 1, "tried_again": 0}]
    refresh(store, store_calls(store, Call(id="b", minute=61)))
    assert store.query(Query(name="failures", text=FAILURES)) == [{"at": HOUR.hour, "failed": 1, "tried_again": 1}]
    (trace,) = store.query(Query(name="traces", text=TRACES + " HAVING at = 9"))
    assert trace == {"at": HOUR.hour, "traces": 1, "cost_usd": Decimal("1.0")}


def test_failures_and_traces_that_are_gone_count_nothing_any_more(store: Store) -> None:
    minutes = store_calls(store, Call(id="a", minute=0, is_failed=True))
    refresh(store, minutes)
    store_calls(store, Call(id="a", minute=0, model="large"))
    store.execute(Query(name="moved", text="ALTER TABLE spans DELETE WHERE response_model = 'small' SETTINGS mutations_sync = 2"))
    refresh(store, minutes)
    assert store.query(Query(name="failures", text=FAILURES)) == [{"at": HOUR.hour, "failed": 0, "tried_again": 0}]
    assert store.query(Query(name="traces", text=TRACES)) == [{"at": HOUR.hour, "traces": 1, "cost_usd": Decimal("0.5")}]


@pytest.mark.parametrize("table", ["spans_hour", "steps_hour"])
def test_hours_that_a_former_process_left_unmerged_are_merged(store: Store, table: str) -> None:
    """Also where it was of a release that did not know the table."""
    refresh(store, store_calls(store, Call(id="a", minute=0), Call(id="b", minute=60)))
    later = "ALTER TABLE {table:Identifier} DELETE WHERE hour > {hour:DateTime('UTC')} SETTINGS mutations_sync = 2"
    store.execute(Query(name="lose", text=later), {"hour": HOUR, "table": table})
    rollup = Rollup(store, share=1.0)
    rollup.start()
    rollup.refresh()
    rollup.stop()
    assert hours(store) == [(0, "small", 1, 0.5), (1, "small", 1, 0.5)]
    assert beside(store) == [(0, "small", 1), (1, "small", 1)]


def test_hours_have_the_columns_of_minutes_in_their_order(store: Store) -> None:
    minute, hour, quarter = (
        [(row["name"], row["type"]) for row in store.query(Query(name="columns", text=COLUMNS), {"table": table})]
        for table in ("spans_minute", "spans_hour", "spans_quarter")
    )
    assert [(name.replace("minute", "hour"), kind) for name, kind in minute] == hour
    assert [(name.replace("hour", "quarter"), kind) for name, kind in hour] == quarter


QUARTER_ROWS = """
SELECT toHour(quarter) AS at, model, sum(spans) AS spans
FROM {table:Identifier} FINAL
GROUP BY at, model
HAVING spans > 0
ORDER BY at, model
"""


def quarters(store: Store, table: str = "spans_quarter") -> list[tuple[int, str, int]]:
    """Hours at which quarters of the day begin, model and spans."""
    rows = store.query(Query(name="quarters", text=QUARTER_ROWS), {"table": table})
    return [(row["at"], row["model"], row["spans"]) for row in rows]


def test_quarters_of_days_follow_their_hours(store: Store) -> None:
    first = [Call(id="a", minute=0), Call(id="b", minute=120, model="large"), Call(id="c", minute=180)]
    refresh(store, store_calls(store, *first))
    assert quarters(store) == [(6, "large", 1), (6, "small", 1), (12, "small", 1)]
    refresh(store, store_calls(store, *first, Call(id="d", minute=179)))
    assert quarters(store) == [(6, "large", 1), (6, "small", 2), (12, "small", 1)]
    assert Merger(store, QUARTERS).refresh() == 0


def test_a_quarter_of_a_day_is_merged_when_it_is_over(store: Store) -> None:
    now = datetime.now(UTC)
    quarter = now.replace(hour=now.hour // 6 * 6, minute=0, second=0, microsecond=0)
    before = (quarter - HOUR) // timedelta(minutes=1) - 1
    refresh(store, store_calls(store, Call(id="a", minute=before), Call(id="b", minute=before + 1)))
    assert quarters(store) == [((quarter - timedelta(hours=6)).hour, "small", 1)]


@pytest.mark.parametrize("table", ["spans_quarter", "steps_quarter"])
def test_quarters_that_a_former_process_left_unmerged_are_merged(store: Store, table: str) -> None:
    """Also where it was of a release that did not know the table. Each span is counted among its kind and among all."""
    refresh(store, store_calls(store, Call(id="a", minute=0), Call(id="b", minute=180)))
    store.execute(Query(name="lose", text="TRUNCATE TABLE {table:Identifier}"), {"table": table})
    refresh(store, [])
    assert quarters(store) == [(6, "small", 1), (12, "small", 1)]
    assert quarters(store, "steps_quarter") == [(6, "small", 2), (12, "small", 2)]


def test_quarters_have_the_quantiles_of_their_spans(store: Store) -> None:
    refresh(store, store_calls(store, *(Call(id=str(n), minute=3 * n, seconds=n + 1) for n in range(59))))
    text = "SELECT quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns)[1] AS p50_ns FROM spans_quarter FINAL"
    (row,) = store.query(Query(name="p50", text=text))
    assert row["p50_ns"] == pytest.approx(30 * SECOND_NS, rel=0.03)


USER_DAYS = """
SELECT toDayOfMonth(day) AS of_month, user_id, model, calls, toFloat64(cost_usd) AS cost_usd, call_max_ns
FROM users_day FINAL
WHERE spans > 0
ORDER BY day, user_id, model
"""


def user_days(store: Store) -> list[tuple[int, str, str, int, float, int]]:
    """Day of the month, user, model, calls, cost, and seconds of the longest call."""
    rows = store.query(Query(name="user_days", text=USER_DAYS))
    return [(*list(row.values())[:5], row["call_max_ns"] // SECOND_NS) for row in rows]


def test_days_of_users_follow_their_hours_whatever_the_session(store: Store) -> None:
    ann = [Call(id=str(n), minute=61 * n, user="ann", session=str(n), seconds=n + 1) for n in range(3)]
    refresh(store, store_calls(store, *ann, Call(id="b", minute=1440, user="bob", model="large"), Call(id="c", minute=5)))
    assert user_days(store) == [(5, "ann", "small", 3, 1.5, 3), (6, "bob", "large", 1, 0.5, 1)]
    refresh(store, store_calls(store, *ann, Call(id="d", minute=400, user="ann", seconds=9)))
    assert user_days(store) == [(5, "ann", "small", 4, 2.0, 9), (6, "bob", "large", 1, 0.5, 1)]


SESSION_DAYS = """
SELECT toDayOfMonth(day) AS of_month, all_models, session_id, model, calls, toFloat64(cost_usd) AS cost_usd
FROM sessions_day FINAL
WHERE spans > 0
ORDER BY of_month, all_models, session_id, model
"""


def session_days(store: Store) -> list[tuple[int, bool, str, str, int, float]]:
    """Day of the month, whether of all models, session, model, calls and cost."""
    rows = store.query(Query(name="session_days", text=SESSION_DAYS))
    return [(row["of_month"], bool(row["all_models"]), *list(row.values())[2:]) for row in rows]


def test_days_of_sessions_follow_their_hours_by_model_and_together(store: Store) -> None:
    first = [Call(id="a", minute=0, session="s"), Call(id="b", minute=61, session="s", model="large")]
    refresh(store, store_calls(store, *first))
    assert session_days(store) == [(5, False, "s", "large", 1, 0.5), (5, False, "s", "small", 1, 0.5), (5, True, "s", "", 2, 1.0)]
    refresh(store, store_calls(store, *first, Call(id="c", minute=122, session="s")))
    assert session_days(store)[1:] == [(5, False, "s", "small", 2, 1.0), (5, True, "s", "", 3, 1.5)]


@pytest.mark.parametrize("table", ["sessions_day", "use_cases_day"])
def test_days_that_a_table_does_not_know_are_merged(store: Store, table: str) -> None:
    """Where they were merged by a release that had no such table."""
    refresh(store, store_calls(store, Call(id="a", minute=0, session="s")))
    assert Merger(store, DAYS).refresh() == 0
    store.execute(Query(name="lose", text="TRUNCATE TABLE {table:Identifier}"), {"table": table})
    assert Merger(store, DAYS).refresh() == 1
    assert Merger(store, DAYS).refresh() == 0


def test_days_of_users_are_merged_when_they_are_over_and_then_left_alone_also_without_users(store: Store) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    before = (midnight - HOUR) // timedelta(minutes=1) - 1
    refresh(store, store_calls(store, Call(id="a", minute=before, user="ann"), Call(id="b", minute=before + 1, user="ann")))
    refresh(store, store_calls(store, Call(id="c", minute=before - 1440)))
    assert [row[1:4] for row in user_days(store)] == [("ann", "small", 1)]
    assert Merger(store, DAYS).refresh() == 0
