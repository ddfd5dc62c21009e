"""The sequential detector: rare false alarms as promised, falls found soon."""

import math
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from spanhouse_collector.errors import InvalidRequest
from spanhouse_evaluators.detect import detect, detect_changes
from spanhouse_evaluators.offline import detect_changes_in_file, detect_file

Stream = NDArray[np.float64]


def passes(seed: int, *parts: tuple[int, float]) -> Stream:
    """Return 0 and 1 for parts of (length, pass rate)."""
    random = np.random.default_rng(seed)
    return np.concatenate([(random.random(n) < rate).astype(float) for n, rate in parts])


def boundary(chance: np.random.Generator, n: int) -> Stream:
    return (chance.random(n) < 0.9).astype(float)


def rare_failures(chance: np.random.Generator, n: int) -> Stream:
    """Pass 0.9 of the time on average, in blocks whose rate is 0.9 or more; the ends of the range are met."""
    rates = np.repeat(chance.choice([0.9, 0.95, 1.0], n // 50 + 1), 50)[:n]
    return (chance.random(n) < rates).astype(float)


def follows_itself(chance: np.random.Generator, n: int) -> Stream:
    """After a failure 0.9 pass, after a pass 0.99: dependent, and never below 0.9 given what went before."""
    values, last = np.empty(n), 1.0
    for index, luck in enumerate(chance.random(n).tolist()):
        last = values[index] = float(luck < (0.99 if last else 0.9))
    return values


def narrow_scores(chance: np.random.Generator, n: int) -> Stream:
    return chance.beta(90, 10, n)


def wide_scores(chance: np.random.Generator, n: int) -> Stream:
    return chance.beta(0.9, 0.1, n)


@pytest.mark.parametrize("draw", [boundary, rare_failures, follows_itself, narrow_scores, wide_scores])
@pytest.mark.parametrize("run_length", [200.0, 2_000.0])
def test_false_alarms_are_no_more_frequent_than_the_stated_run_length(
    draw: Callable[[np.random.Generator, int], Stream], run_length: float
) -> None:
    n = 60_000
    alarms = detect(draw(np.random.default_rng(1), n), objective=0.9, average_run_length=run_length)
    assert len(alarms) / n <= 1 / run_length


@pytest.mark.parametrize("objective", [0.01, 0.5, 0.99, 1.0])
def test_the_run_length_holds_at_every_objective(objective: float) -> None:
    n, run_length = 60_000, 500.0
    alarms = detect(passes(2, (n, objective)), objective=objective, average_run_length=run_length)
    assert len(alarms) / n <= 1 / run_length


@pytest.mark.parametrize("objective", [0.2, 0.5, 0.9, 0.995])
def test_no_record_whatever_makes_an_alarm_likelier_than_the_run_length_allows(objective: float) -> None:
    """Over all records of ten values: the chance of an alarm by then is at most the values seen until it, over the run length."""
    n, run_length = 10, 4.0
    chance_of_alarm = values_seen = 0.0
    for record in product((0.0, 1.0), repeat=n):
        chance = math.prod(objective if value else 1 - objective for value in record)
        first = next(iter(detect(record, objective=objective, average_run_length=run_length)), None)
        chance_of_alarm += chance * (first is not None)
        values_seen += chance * (n if first is None else first + 1)
    assert 0 < chance_of_alarm * run_length <= values_seen


def test_a_small_fall_of_scores_that_hardly_scatter_is_found_soon() -> None:
    delays = []
    for seed in range(20):
        level = np.where(np.arange(4_000) < 1_000, 0.56, 0.53)
        values = np.random.default_rng(seed).normal(level, 0.04).clip(0, 1)
        alarms = detect(values, objective=0.55, average_run_length=10_000)
        assert alarms[0] >= 1_000
        delays.append(alarms[0] - 1_000)
    assert np.median(delays) <= 160


@pytest.mark.parametrize(("rate", "delay"), [(0.6, 30), (0.8, 250), (0.85, 900)])
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
    assert detect([0.0] * 40, objective=0.9, average_run_length=100) == list(range(3, 40, 4))


def test_missing_values_say_nothing() -> None:
    values = [0.0] * 9
    plain = detect(values, objective=0.9, average_run_length=100)
    spread = detect([v for x in values for v in (float("nan"), x)], objective=0.9, average_run_length=100)
    assert plain
    assert spread == [2 * index + 1 for index in plain]


@pytest.mark.parametrize("objective", [0.99, 1.0])
def test_a_perfect_stream_never_alarms(objective: float) -> None:
    assert detect([1.0] * 10_000, objective=objective, average_run_length=1_000) == []


def test_failures_of_what_must_be_perfect_are_found_at_once() -> None:
    assert detect([1.0] * 1_000 + [0.0] * 3, objective=1.0, average_run_length=10_000) == [1_002]


@pytest.mark.parametrize(
    ("values", "objective", "run_length", "message"),
    [
        ([0.5, 1.5], 0.9, 100, "1.5 at index 1 is not between 0 and 1"),
        ([0.5], 0.0, 100, "objective is 0.0"),
        ([0.5], 1.1, 100, "objective is 1.1"),
        ([0.5], float("nan"), 100, "objective is nan"),
        ([0.5], 0.9, 0.5, "run length is 0.5"),
        ([0.5], 0.9, float("inf"), "run length is inf"),
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
    assert detect_file(path, "good", objective=0.9, average_run_length=100)[0] == 52
    with pytest.raises(InvalidRequest, match="has no column 'bad'; it has good, text"):
        detect_file(path, "bad", objective=0.9, average_run_length=100)
    with pytest.raises(InvalidRequest, match=r"'text' of .* holds String; give one of numbers or booleans"):
        detect_file(path, "text", objective=0.9, average_run_length=100)
    with pytest.raises(InvalidRequest, match="objective is 2"):
        detect_file(path, "good", objective=2, average_run_length=100)


def test_one_failure_is_not_the_end_of_a_perfect_record() -> None:
    assert detect([1.0] * 100 + [0.0] + [1.0] * 100, objective=0.99, average_run_length=10_000) == []


def normal(chance: np.random.Generator, n: int) -> Stream:
    return chance.normal(size=n)


def heavy(chance: np.random.Generator, n: int) -> Stream:
    return chance.standard_cauchy(n) * 1e200


def counts(chance: np.random.Generator, n: int) -> Stream:
    return chance.poisson(3, n).astype(float)


@pytest.mark.parametrize("draw", [normal, heavy, counts, boundary, narrow_scores])
def test_values_of_one_distribution_alarm_no_more_often_than_stated(draw: Callable[[np.random.Generator, int], Stream]) -> None:
    n, run_length = 60_000, 500.0
    alarms = detect_changes(draw(np.random.default_rng(3), n), average_run_length=run_length)
    # The run length is met almost exactly, and the count scatters around what it says.
    assert len(alarms) <= n / run_length + 3 * np.sqrt(n / run_length)


def follows_on(seed: int, n: int, correlation: float) -> Stream:
    """Return standard normal values, each of which remembers the one before."""
    chance = np.random.default_rng(seed)
    values = [chance.normal()]
    for news in chance.normal(size=n - 1) * math.sqrt(1 - correlation**2):
        values.append(correlation * values[-1] + news)
    return np.array(values)


@pytest.mark.parametrize("correlation", [0.5, 0.8])
def test_values_that_follow_each_other_are_not_taken_for_changes(correlation: float) -> None:
    streams = [follows_on(seed, 5_000, correlation) for seed in range(4)]
    alarms = [len(detect_changes(stream, average_run_length=1_000)) for stream in streams]
    assert sum(alarms) <= 20
    for seed in range(6):
        shifted = follows_on(seed, 2_000, correlation) + np.repeat([0.0, 3.0], 1_000)
        assert any(1_000 <= alarm < 1_050 for alarm in detect_changes(shifted, average_run_length=1_000))


@pytest.mark.parametrize(("before", "after"), [(0.9, 0.5), (0.5, 0.9)])
def test_a_change_of_level_is_found_in_either_direction(before: float, after: float) -> None:
    for seed in range(10):
        first, *more = detect_changes(passes(seed, (500, before), (500, after)), average_run_length=1_000_000)
        assert 500 < first < 600
        assert not more


def test_a_pass_rate_that_falls_is_found_with_the_measured_delay_by_who_was_told_nothing() -> None:
    delays = []
    for seed in range(20):
        alarms = detect_changes(passes(seed, (1_000, 0.9), (1_500, 0.8)), average_run_length=10_000)
        delays.append(next(alarm - 1_000 for alarm in alarms if alarm >= 1_000))
    assert np.mean(delays) <= 150


@pytest.mark.parametrize(("no", "yes"), [(0.0, 1.0), (1.0, 0.0)])
def test_of_yes_and_no_all_bets_are_on_how_many_there_are_whatever_they_are_called(no: float, yes: float) -> None:
    """Bets on what yes and no cannot tell, and cuts through either of them, found it after 530 and after 1,457 values."""
    delays = []
    for seed in range(60):
        called = np.where(passes(seed, (1_000, 0.9), (3_000, 0.85)) > 0, yes, no)
        alarms = detect_changes(called, average_run_length=10_000)
        delays.append(next((alarm - 1_000 for alarm in alarms if alarm >= 1_000), 3_000))
    assert np.median(delays) <= 420


def stars(chance: np.random.Generator, n: int) -> Stream:
    return chance.choice(5, n, p=[0.02, 0.03, 0.1, 0.25, 0.6]).astype(float)


def rare_no(chance: np.random.Generator, n: int) -> Stream:
    """So rare that the first fifty values are often all alike."""
    return (chance.random(n) < 0.995).astype(float)


def mostly_one(chance: np.random.Generator, n: int) -> Stream:
    """Hardly ever another value than 1, and then any."""
    return np.where(chance.random(n) < 0.97, 1.0, chance.random(n))


@pytest.mark.parametrize("draw", [stars, mostly_one, rare_no])
def test_values_that_are_rarely_new_alarm_no_more_often_than_stated(draw: Callable[[np.random.Generator, int], Stream]) -> None:
    n, run_length = 60_000, 500.0
    alarms = detect_changes(draw(np.random.default_rng(3), n), average_run_length=run_length)
    assert len(alarms) <= n / run_length + 3 * np.sqrt(n / run_length)


def test_slower_answers_are_found_whatever_their_unit_and_time_outs() -> None:
    chance = np.random.default_rng(4)
    delays = []
    for _ in range(10):
        seconds = chance.lognormal(0, 1, 3_000) * np.where(np.arange(3_000) < 1_000, 1.0, 1.5)
        seconds[chance.random(3_000) < 0.01] = 60.0
        alarms = detect_changes(seconds, average_run_length=10_000)
        assert alarms == detect_changes(1e3 * seconds, average_run_length=10_000)
        delays.append(next(alarm - 1_000 for alarm in alarms if alarm >= 1_000))
    assert np.median(delays) <= 200


def test_changes_are_found_past_missing_values() -> None:
    values = [value for x in [0.0] * 50 + [1.0] * 50 for value in (float("nan"), x)]
    alarms = detect_changes(values, average_run_length=1_000)
    assert alarms == [2 * index + 1 for index in detect_changes(values[1::2], average_run_length=1_000)]
    assert alarms


def test_changes_refuse_a_run_length_that_is_none() -> None:
    with pytest.raises(ValueError, match="run length is nan"):
        detect_changes([0.5], average_run_length=float("nan"))


def test_changes_of_a_file_are_found_by_column(tmp_path: Path) -> None:
    path = tmp_path / "series.parquet"
    chance = np.random.default_rng(1)
    pl.DataFrame({"seconds": [*chance.uniform(1, 2, 50), *chance.uniform(30, 40, 50)]}).write_parquet(path)
    (alarm,), warning = detect_changes_in_file(path, "seconds", average_run_length=1_000)
    assert 50 < alarm < 65
    assert warning is None
