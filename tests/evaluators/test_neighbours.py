"""How far neighbouring values are alike, beside the correlation that they were made with."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from spanhouse_evaluators.detect import detect_changes
from spanhouse_evaluators.neighbours import correlation_of_neighbours, warning_about_neighbours

N = 4_000
RUN_LENGTH = 1_000


def following(correlation: float, seed: int = 1) -> NDArray[np.float64]:
    """Return normal values of which each is so much like the one before."""
    noise = np.random.default_rng(seed).standard_normal(N)
    values = [float(noise[0])]
    for one in noise[1:]:
        values.append(correlation * values[-1] + math.sqrt(1 - correlation**2) * float(one))
    return np.asarray(values)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8, 0.95, 0.98])
def test_the_correlation_is_that_of_the_series_also_between_its_alarms(correlation: float) -> None:
    values = following(correlation)
    alarms = detect_changes(values, average_run_length=RUN_LENGTH)
    assert correlation_of_neighbours(values, alarms=alarms) == pytest.approx(correlation, abs=0.05)
    assert (warning_about_neighbours(values, alarms=alarms) is not None) == (correlation > 0.9)


def test_a_level_that_shifted_is_no_likeness_of_neighbours() -> None:
    values = following(0.0)
    values[N // 2 :] += 20
    alarms = detect_changes(values, average_run_length=RUN_LENGTH)
    assert any(N // 2 < alarm < N // 2 + 50 for alarm in alarms)
    assert np.corrcoef(values[1:], values[:-1])[0, 1] > 0.98
    assert abs(correlation_of_neighbours(values, alarms=alarms)) < 0.1


@pytest.mark.parametrize("values", [[], [1.0, 2.0], [3.0] * 100, [math.nan] * 100])
def test_what_says_nothing_about_neighbours_warns_of_nothing(values: list[float]) -> None:
    assert warning_about_neighbours(np.asarray(values, dtype=np.float64), alarms=[]) is None


def test_means_over_windows_take_the_warning_away_as_it_says() -> None:
    values = following(0.95)
    assert warning_about_neighbours(values, alarms=[]) is not None
    assert warning_about_neighbours(values.reshape(-1, 40).mean(axis=1), alarms=[]) is None
