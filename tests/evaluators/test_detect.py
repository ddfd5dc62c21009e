"""The sequential detector: rare false alarms as promised, falls found soon."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from spanhouse_collector.errors import InvalidRequest
from spanhouse_evaluators.detect import detect
from spanhouse_evaluators.offline import detect_file


def passes(seed: int, *parts: tuple[int, float]) -> NDArray[np.float64]:
    """Return 0 and 1 for parts of (length, pass rate)."""
    random = np.random.default_rng(seed)
    return np.concatenate([(random.random(n) < rate).astype(float) for n, rate in parts])


def test_false_alarms_are_no_more_frequent_than_the_stated_run_length() -> None:
    run_length, n, streams = 1_000.0, 5_000, 30
    counts = [len(detect(passes(s, (n, 0.9)), objective=0.9, average_run_length=run_length)) for s in range(streams)]
    assert sum(counts) / (n * streams) <= 1 / run_length


@pytest.mark.parametrize(("rate", "delay"), [(0.8, 300), (0.85, 900)])
def test_a_fall_is_found_with_the_measured_delay(rate: float, delay: int) -> None:
    delays = []
    for seed in range(20):
        alarms = detect(passes(seed, (1_000, 0.9), (4_000, rate)), objective=0.89, average_run_length=10_000)
        delays.append(next(alarm - 1_000 for alarm in alarms if alarm >= 1_000))
    assert np.median(delays) <= delay


def test_scores_between_0_and_1_are_watched_as_well() -> None:
    random = np.random.default_rng(1)
    values = np.concatenate([random.beta(9, 1, 1_000), random.beta(6, 4, 1_000)])
    alarms = detect(values, objective=0.85, average_run_length=10_000)
    assert alarms
    assert 1_000 <= alarms[0] < 1_100


def test_after_an_alarm_it_starts_afresh() -> None:
    assert detect([0.0] * 40, objective=0.9, average_run_length=100) == [8, 17, 26, 35]


def test_missing_values_say_nothing() -> None:
    values = [0.0] * 9
    plain = detect(values, objective=0.9, average_run_length=100)
    spread = detect([v for x in values for v in (float("nan"), x)], objective=0.9, average_run_length=100)
    assert plain
    assert spread == [2 * index + 1 for index in plain]


def test_a_perfect_stream_never_alarms() -> None:
    assert detect([1.0] * 10_000, objective=0.99, average_run_length=10_000) == []


@pytest.mark.parametrize(
    ("values", "objective", "run_length", "message"),
    [
        ([0.5, 1.5], 0.9, 100, "1.5 at index 1 is not between 0 and 1"),
        ([0.5], 1.0, 100, "objective is 1.0"),
        ([0.5], float("nan"), 100, "objective is nan"),
        ([0.5], 0.9, 0.5, "run length is 0.5"),
    ],
)
def test_arguments_out_of_range_are_refused_with_a_sentence(
    values: list[float], objective: float, run_length: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        detect(values, objective=objective, average_run_length=run_length)


def test_a_file_is_read_by_column(tmp_path: Path) -> None:
    path = tmp_path / "series.parquet"
    pl.DataFrame({"good": [True] * 50 + [False] * 20, "text": ["a"] * 70}).write_parquet(path)
    assert detect_file(path, "good", objective=0.9, average_run_length=100)[0] == 54
    with pytest.raises(InvalidRequest, match="has no column 'bad'; it has good, text"):
        detect_file(path, "bad", objective=0.9, average_run_length=100)
    with pytest.raises(InvalidRequest, match=r"'text' of .* is not numeric"):
        detect_file(path, "text", objective=0.9, average_run_length=100)
    with pytest.raises(InvalidRequest, match="objective is 2"):
        detect_file(path, "good", objective=2, average_run_length=100)
