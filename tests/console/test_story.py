"""What the overview's sentence leans on: figures of the rows, wherever in hours and quarters of days a range ends."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.console.statements import statement
from spanhouse_dashboards.panels import FILTERS
from tests.console.traffic import NOW, traffic

pytestmark = pytest.mark.store

# How many hours before NOW (half past four) a window begins and ends: within an hour, some hours, quarters of days, all of it.
WINDOWS = [(2.4, 2.1), (7.25, 3.75), (12.7, 0), (22.5, 4.5), (30, 0)]


def asked(window: tuple[float, float], **filters: str) -> dict[str, Any]:
    start, end = (NOW - timedelta(hours=hours) for hours in window)
    return {"project": "default", "from": start, "to": end, **dict.fromkeys(FILTERS, ""), **filters}


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("release", ["", "1.5.0"])
def test_scores_of_a_window_have_the_mean_and_spread_of_their_values(
    busy_store: Store, window: tuple[float, float], release: str
) -> None:
    params = asked(window, release=release)
    values = defaultdict(list)
    for row in traffic()[1]:
        if params["from"] <= row["time"] < params["to"] and row["source"] == "evaluator" and release in ("", row["release"]):
            values[row["name"]].append(row["value"])
    given = {name: [value for value in found if value is not None] for name, found in values.items()}
    expected = {
        name: (pytest.approx(statistics.mean(found)), pytest.approx(statistics.stdev(found)), len(found))
        for name, found in given.items()
        if len(found) > 1
    }
    rows = busy_store.query(statement("score_figures"), params)
    assert {row["name"]: (row["mean"], row["spread"], row["scored"]) for row in rows} == expected


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("model", ["", "claude-haiku-5"])
def test_a_release_is_known_from_the_minute_of_its_first_call_in_the_window(
    busy_store: Store, window: tuple[float, float], model: str
) -> None:
    params = asked(window, model=model)
    first: dict[str, Any] = {}
    for row in traffic()[0]:
        minute = row["start_time"].replace(second=0, microsecond=0)
        is_asked = params["from"] - timedelta(minutes=1) <= minute < params["to"] and model in ("", row["response_model"])
        if is_asked and row["kind"] == "llm":
            first[row["release"]] = min(first.get(row["release"], minute), minute)
    rows = busy_store.query(statement("releases"), {name: value for name, value in params.items() if name != "release"})
    assert [(row["service"], row["release"], row["first_seen"]) for row in rows] == [
        ("support", release, minute) for release, minute in sorted(first.items(), key=lambda one: one[1], reverse=True)
    ]
