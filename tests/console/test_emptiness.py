"""Pages of ranges without spans: they say so once, and lead to where there are some."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.console.serving import Console
from tests.console.traffic import NOW, put, span

pytestmark = pytest.mark.store

PATHS = ("/", "/traces", "/sessions", "/latency", "/scores")
LONG_AGO = "from=2025-11-01T00:00&to=2025-11-02T00:00"
AHEAD = "from=2027-01-01T00:00&to=2027-01-02T00:00"


@pytest.fixture
def spoken(console: Console) -> Console:
    """One span of an hour ago."""
    put(console.store, [span(trace_id="a" * 32, start_time=NOW - timedelta(hours=1), service="shop", response_model="small")])
    return console


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


@pytest.mark.parametrize("path", PATHS)
def test_a_range_without_spans_tells_when_the_newest_one_came_and_leads_there(spoken: Console, path: str) -> None:
    page = spoken.text(f"{path}?{LONG_AGO}")
    told = words(page)
    assert "No span from Nov 1 2025 00:00 to Nov 2 2025 00:00 UTC. The newest one" in told
    assert re.search(r"is from Nov 23 \d\d:\d\d UTC, 1 h ago", told)
    assert f'href="{path}?range=24h"' in page
    assert "Send the first trace" not in told
    assert "The newest one" not in words(spoken.text(f"{path}?range=24h"))


@pytest.mark.parametrize("path", PATHS)
def test_a_range_that_has_not_come_says_so(spoken: Console, path: str) -> None:
    assert "No span from Jan 1 2027 00:00 to Jan 2 2027 00:00 UTC, which has not come yet." in words(
        spoken.text(f"{path}?{AHEAD}")
    )


def test_the_way_back_to_old_spans_is_the_day_that_ends_with_them(console: Console) -> None:
    put(console.store, [span(trace_id="a" * 32, start_time=NOW.replace(month=10, day=3, hour=12, minute=30))])
    assert 'href="/cost?from=2026-10-02T12:31&amp;to=2026-10-03T12:31"' in console.text("/cost")


@pytest.mark.parametrize("path", ["/", "/traces", "/latency"])
def test_the_first_steps_are_for_a_project_that_has_no_span_at_all(idle: Console, path: str) -> None:
    told = words(idle.text(path))
    assert "Send the first trace" in told
    assert "The newest one" not in told


def test_filters_that_fit_nothing_are_named_and_taken_away_without_the_range(spoken: Console) -> None:
    page = spoken.text("/traces?range=6h&model=large")
    assert "No trace in the last 6 hours fits these filters." in words(page)
    assert 'href="/traces?range=6h">Take all filters away' in page
    assert 'data-nothing="Nothing in this range for model large"' in spoken.text("/latency?model=large")
    assert "The newest one" not in spoken.text("/latency?model=small")
