"""Queries: how long every panel takes over made-up spans of 30 days, for the whole range and for its last day.

SPANS is their number (default 1,000,000), ROUNDS how often each panel is asked (default 10). Panels are asked one at a time,
warm; pages over HTTP of a running server, lists and a trace one at a time, the overview with all its panels at once. STORE names
a folder that keeps the spans for the next time, and PANELS those to ask, separated by commas, when a few are of interest.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from spanhouse_collector.storage import Query, Store
from spanhouse_dashboards.panels import PANELS, Panel, TimeRange, run_panel
from tests.bench import query_store
from tests.bench.page_at_once import Visitor, reader
from tests.bench.query_store import DAYS, END
from tests.bench.report import Report
from tests.bench.server import NO_EVALUATORS, Server

_SPANS = int(os.environ.get("SPANS", "1000000"))
_ROUNDS = int(os.environ.get("ROUNDS", "10"))
# Lists are asked more often than panels: of ten answers the 95th percentile is the slowest.
_LIST_ROUNDS = 4 * _ROUNDS
_STORE = os.environ.get("STORE", "")
_WANTED = frozenset(filter(None, os.environ.get("PANELS", "").split(",")))
_RANGES = {
    words: TimeRange(start=END - length, end=END) for words, length in (("30 days", timedelta(DAYS)), ("1 day", timedelta(1)))
}
# Up to so many spans a panel is to take 200 ms; beyond, a second.
_FEW_SPANS = 10_000_000
_PANEL_MS = 200 if _SPANS <= _FEW_SPANS else 1_000
_PAGE_MS = 1_000


def main() -> None:
    """Runs the bench and prints the table."""
    report = Report("query")
    with query_store.seeded(_STORE, spans=_SPANS) as data:
        report.add("spans", _SPANS)
        store = Store(f"chdb://{data}/store")
        for words in _RANGES:
            _panels(report, store, words=words)
        trace_id = _a_trace(store)
        store.close()
        if not _WANTED:
            _pages(report, data, trace_id=trace_id)
    report.write()


def _panels(report: Report, store: Store, *, words: str) -> None:
    """Every panel's median and 95th percentile in ms."""
    slowest = 0.0
    for panel in PANELS:
        if not _WANTED or panel.id in _WANTED:
            slowest = max(slowest, _add(report, f"{panel.id}, {words}", _asking(store, panel, _RANGES[words]), most_ms=_PANEL_MS))
    report.add(f"slowest panel, {words}, p95, ms", slowest, most=_PANEL_MS)


def _a_trace(store: Store) -> str:
    some = Query(name="a_trace", text="SELECT trace_id FROM spans WHERE start_time >= {since:DateTime64(9, 'UTC')} LIMIT 1")
    return str(store.query(some, {"since": END - timedelta(days=2)})[0]["trace_id"])


def _lists(report: Report, server: Server, *, trace_id: str) -> None:
    """The console's lists and a trace, one page of the running server after the other."""
    day, month = (
        f"from={span.start:%Y-%m-%dT%H:%M}&to={span.end:%Y-%m-%dT%H:%M}" for span in (_RANGES["1 day"], _RANGES["30 days"])
    )
    # The seed gives each trace of ten spans an order; this one is of the range's second day.
    rare = f"text=order+{_SPANS // 300 + 17}?"
    with reader(server) as read:
        for name, path, most_ms in (
            ("trace by id", f"/traces/{trace_id}", 50),
            ("latest traces, 1 day", f"/traces?{day}", 100),
            ("latest traces, 30 days", f"/traces?{month}", 100),
            ("latest sessions, 30 days", f"/sessions?{month}", 500),
            ("sessions of a user, 30 days", f"/sessions?{month}&user=user-77", 1_000),
            ("one session, 30 days", f"/sessions/session-{_SPANS // 80}?{month}", 500),
            ("search for a word of all traces, 1 day", f"/traces?{day}&text=return", 500),
            ("search for a word of all traces, 30 days", f"/traces?{month}&text=return", 500),
            ("search for a word of one trace, 1 day", f"/traces?{day}&{rare}", 500),
            ("search for a word of one trace, 30 days", f"/traces?{month}&{rare}", 500),
            ("search for a word of no trace, 30 days", f"/traces?{month}&text=unheard-of", 500),
        ):
            _add(report, name, partial(read, path), most_ms=most_ms, rounds=_LIST_ROUNDS)


def _pages(report: Report, data: Path, *, trace_id: str) -> None:
    """Pages of a server that has the store; the overview complete, with all its panels."""
    evaluators = data / "evaluators.toml"
    evaluators.write_text(NO_EVALUATORS)
    server = Server(data, "--evaluators", str(evaluators))
    server.settle()
    _lists(report, server, trace_id=trace_id)
    for words, time_range in _RANGES.items():
        visitor = Visitor(server=server, time_range=time_range)
        _add(report, f"overview, console, {words}", partial(visitor.console_ms, "overview"), most_ms=_PAGE_MS)
        _add(report, f"overview, Grafana's queries, {words}", partial(visitor.grafana_ms, "overview"), most_ms=_PAGE_MS)
    report.add("peak memory of the server, MB", server.peak_memory_mb())
    server.stop()


def _add(report: Report, name: str, act: Callable[[], object], *, most_ms: float, rounds: int = _ROUNDS) -> float:
    """Acts once to warm up and then some rounds; reports median and 95th percentile in ms, and returns the latter."""
    taken_ms = [_timed_s(act) * 1000 for _ in range(rounds + 1)][1:]
    p95 = sorted(taken_ms)[min(len(taken_ms) - 1, round(0.95 * len(taken_ms)))]
    report.add(f"{name}, p50, ms", statistics.median(taken_ms))
    report.add(f"{name}, p95, ms", p95, most=most_ms)
    return p95


def _asking(store: Store, panel: Panel, time_range: TimeRange) -> Callable[[], object]:
    return lambda: run_panel(store, panel, project="default", time_range=time_range, filters={})


def _timed_s(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


if __name__ == "__main__":
    main()
