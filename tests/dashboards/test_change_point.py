"""The change point in SQL is the evaluators' sequential detector: both alarm at the same half minute."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from spanhouse_collector.storage import Store
from spanhouse_dashboards.alerts import load_rules
from spanhouse_dashboards.alerts.readings import read
from spanhouse_evaluators.detect import detect
from tests.dashboards.seeds import NOON, score, store_rows

pytestmark = pytest.mark.store

_HALF_S, _RUN = 30, 2_000
_SHIPPED = next(rule for rule in load_rules().rules if rule.id == "quality-change")
_PARAMETERS = {"recent": 3600.0, "average_run": float(_RUN * _HALF_S)}
_RULE = replace(_SHIPPED, minimum_sample=10, window_s=3 * 3600, parameters=_PARAMETERS)


def _series(*, level: float, fallen: float) -> dict[datetime, float]:
    """A value each half minute of the five hours up to noon, scattered around a level that falls half an hour before noon."""
    luck = random.Random(7)
    starts = [NOON - timedelta(seconds=_HALF_S * n) for n in range(600, 0, -1)]
    fall = NOON - timedelta(minutes=30)
    return {start: (fallen if start >= fall else level) + luck.uniform(-0.1, 0.1) for start in starts}


@pytest.mark.parametrize(("fallen", "is_seen"), [(0.3, True), (0.55, True), (0.8, False)])
def test_it_alarms_when_the_detector_does_and_not_before(store: Store, fallen: float, is_seen: bool) -> None:
    series = _series(level=0.8, fallen=fallen)
    store_rows(
        store, "scores", (score(n, minutes_ago=0, value=value) | {"time": at} for n, (at, value) in enumerate(series.items()))
    )
    first = None
    for halves in range(-59, 1):
        at = NOON + timedelta(seconds=_HALF_S * halves)
        (reading,) = read(store, _RULE, project="shop", at=at)
        recent = [one for start, one in series.items() if at - timedelta(hours=1) <= start < at]
        before = [one for start, one in series.items() if at - timedelta(hours=3) <= start < at - timedelta(hours=1)]
        objective = sum(before) / len(before) - _RULE.threshold
        # After its first alarm the detector starts afresh, which a look at a range does not.
        alarms = detect(recent, objective=objective, average_run_length=_RUN)
        first = first or (at if alarms else None)
        is_new = alarms and alarms[0] == len(recent) - 1
        assert _RULE.is_breached(reading.value) or not is_new
        assert alarms or not _RULE.is_breached(reading.value)
    assert (first is not None) == is_seen


def test_the_value_is_how_far_it_fell_once_it_did(store: Store) -> None:
    series = _series(level=0.8, fallen=0.3)
    store_rows(
        store, "scores", (score(n, minutes_ago=0, value=value) | {"time": at} for n, (at, value) in enumerate(series.items()))
    )
    (reading,) = read(store, _RULE, project="shop", at=NOON)
    assert reading.value == pytest.approx(0.5, abs=0.03)
