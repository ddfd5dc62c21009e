"""Queries: how long every panel takes over made-up spans of 30 days, for the whole range and for its last day.

SPANS is their number (default 1,000,000), ROUNDS how often each panel is asked (default 10). One query at a time, warm.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import files

from spanhouse_collector.ingest.rollup import Rollup
from spanhouse_collector.storage import Query, Store, migrate
from spanhouse_dashboards.panels import PANELS, Panel, TimeRange, panels_of, run_panel
from tests.bench.report import Report
from tests.console.serving import Console

_SPANS = int(os.environ.get("SPANS", "1000000"))
_ROUNDS = int(os.environ.get("ROUNDS", "10"))
_DAYS = 30
_END = datetime(2026, 11, 1, tzinfo=UTC)
_RANGES = {"30 days": timedelta(days=_DAYS), "1 day": timedelta(days=1)}


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("query")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"chdb://{folder}/store")
        migrate(store)
        report.add("seconds to make the spans", _timed_s(lambda: _seed(store)))
        report.add("spans", _SPANS)
        for words, length in _RANGES.items():
            time_range = TimeRange(start=_END - length, end=_END)
            _panels(report, store, time_range=time_range, words=words)
        _pages(report, store)
        store.close()
    report.write()


def _panels(report: Report, store: Store, *, time_range: TimeRange, words: str) -> None:
    """Every panel's median and 95th percentile in ms, and the overview page's panels one after the other."""
    slowest = 0.0
    for panel in PANELS:
        taken_ms = [_timed_s(_asking(store, panel, time_range)) * 1000 for _ in range(_ROUNDS + 1)][1:]
        p95 = sorted(taken_ms)[min(len(taken_ms) - 1, round(0.95 * len(taken_ms)))]
        report.add(f"{panel.id}, {words}, p50, ms", statistics.median(taken_ms))
        report.add(f"{panel.id}, {words}, p95, ms", p95)
        slowest = max(slowest, p95)
    report.add(f"slowest panel, {words}, p95, ms", slowest)
    page_ms = [_timed_s(lambda: _page(store, time_range)) * 1000 for _ in range(_ROUNDS)]
    report.add(f"overview page, {words}, p50, ms", statistics.median(page_ms))


def _pages(report: Report, store: Store) -> None:
    """The console's pages as a browser gets them, all that the server does included."""
    console = Console(store, now=_END)
    day = f"from={_END - timedelta(days=1):%Y-%m-%dT%H:%M}&to={_END:%Y-%m-%dT%H:%M}"
    some = Query(name="a_trace", text="SELECT trace_id FROM spans WHERE start_time >= {since:DateTime64(9, 'UTC')} LIMIT 1")
    trace_id = store.query(some, {"since": _END - timedelta(days=2)})[0]["trace_id"]
    paths = {"trace by id": f"/traces/{trace_id}", "latest traces": f"/traces?{day}", "word search": f"/traces?{day}&text=return"}
    for name, path in paths.items():
        taken_ms = [_timed_s(partial(console.text, path)) * 1000 for _ in range(_ROUNDS + 1)][1:]
        report.add(f"{name}, p50, ms", statistics.median(taken_ms))


def _page(store: Store, time_range: TimeRange) -> None:
    for panel in panels_of("overview"):
        _asking(store, panel, time_range)()


def _asking(store: Store, panel: Panel, time_range: TimeRange) -> Callable[[], object]:
    return lambda: run_panel(store, panel, project="default", time_range=time_range, filters={})


def _seed(store: Store) -> None:
    a_day = _SPANS // _DAYS
    rollup = Rollup(store, share=1.0)
    for number in range(_DAYS):
        day = _END - timedelta(days=_DAYS - number)
        store.execute(_statement("seed_spans"), {"day": day, "spans": a_day, "first": number * a_day})
        store.execute(_statement("seed_scores"), {"day": day})
        store.execute(_statement("seed_trace_times"), {"day": day})
        rollup.touch(("default", minute) for minute in _minutes(day))
        rollup.refresh()


def _minutes(day: datetime) -> Iterable[datetime]:
    return (day + timedelta(minutes=minute) for minute in range(24 * 60))


def _statement(name: str) -> Query:
    return Query(name=name, text=files("tests.bench").joinpath(f"{name}.sql").read_text(encoding="utf-8"))


def _timed_s(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


if __name__ == "__main__":
    main()
