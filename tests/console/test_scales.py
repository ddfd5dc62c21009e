"""Axes of durations."""

from __future__ import annotations

import pytest

from spanhouse_dashboards.console.scales import duration_ticks, is_far_flung, log_scale


@pytest.mark.parametrize(
    ("largest", "unit", "ticks"),
    [
        (2_400, "ms", [0, 500, 1000, 1500, 2000]),
        (0.8, "ms", [0, 0.2, 0.4, 0.6, 0.8]),
        (95, "s", [0, 20, 40, 60, 80]),
        (400, "s", [0, 120, 240, 360]),
        (88_000, "s", [0, 21_600, 43_200, 64_800, 86_400]),
    ],
)
def test_ticks_are_whole_seconds_minutes_hours_or_days(largest: float, unit: str, ticks: list[float]) -> None:
    assert duration_ticks(largest, unit=unit) == ticks


def test_a_logarithmic_axis_holds_its_values_and_ticks_that_people_read() -> None:
    (low, high), ticks = log_scale([700, 900, 10_000], unit="ms")
    assert (low, high) == pytest.approx((630, 11_000))
    assert ticks == [1000, 2000, 5000, 10_000]


def test_one_value_far_off_makes_it_logarithmic_and_a_zero_cannot() -> None:
    assert is_far_flung([1, 1, 2, 11])
    assert not is_far_flung([1, 2, 3, 4])
    assert not is_far_flung([0, 1, 1, 11])
    assert not is_far_flung([])
