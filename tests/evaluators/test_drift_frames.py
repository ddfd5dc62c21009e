"""Two frames, column by column."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import stats

from spanhouse_evaluators.drift.frames import compare_frames

N = 2_000
JANUARY, FEBRUARY = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


def frame(seed: int, **columns: object) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    base: dict[str, object] = {
        "latency": random.lognormal(0, 1, N),
        "tokens": random.integers(0, 500, N),
        "rating": random.integers(1, 6, N),
        "model": random.choice(["small", "large"], N),
        "cached": random.random(N) < 0.2,
        "answer": ["x" * n + str(i) for i, n in enumerate(random.integers(0, 300, N))],
    }
    return pl.DataFrame({**base, **columns})


def timed(columns: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with a column of times and one of vectors."""
    at = [JANUARY + timedelta(minutes=i) for i in range(N)]
    return columns.with_columns(at=pl.Series(at), embedding=pl.Series([[1.0, 2.0]] * N))


def with_missing(columns: pl.DataFrame, *, seed: int, share: float) -> pl.DataFrame:
    """Return the frame with so many of each column's values left out."""
    is_missing = pl.Series(np.random.default_rng(100 + seed).random(N) < share)
    return columns.with_columns(pl.when(~is_missing).then(pl.col(name)).alias(name) for name in columns.columns)


def rows(reference: pl.DataFrame, current: pl.DataFrame, *, fdr: bool = False) -> dict[object, dict[str, object]]:
    return {row["column"]: row for row in compare_frames(reference, current, fdr=fdr)}


def test_a_row_says_what_was_tested_and_what_was_found() -> None:
    reference, current = frame(1), frame(2, latency=np.random.default_rng(3).lognormal(0.5, 1, N))
    expected = stats.ks_2samp(reference["latency"], current["latency"])
    assert rows(reference, current)["latency"] == {
        "column": "latency",
        "kind": "numeric",
        "n_reference": N,
        "n_current": N,
        "test": "ks",
        "statistic": pytest.approx(expected.statistic, abs=1e-9),
        "p_value": pytest.approx(expected.pvalue, abs=1e-9),
        "effect": pytest.approx(expected.statistic, abs=1e-9),
        "drifted": True,
        "reason": "",
    }


def test_a_row_is_about_ks_unless_only_the_other_test_of_numbers_shows_drift() -> None:
    random = np.random.default_rng(7)
    reference = random.normal(size=N)
    shifts = {"moved": (0.5, 1.0), "spread": (0.0, 1.17), "same": (0.0, 1.0)}
    current = {name: random.normal(mean, spread, N) for name, (mean, spread) in shifts.items()}
    found = rows(pl.DataFrame(dict.fromkeys(current, reference)), pl.DataFrame(current))
    assert {name: (row["test"], row["drifted"]) for name, row in found.items()} == {
        "moved": ("ks", True),
        "spread": ("anderson_darling", True),
        "same": ("ks", False),
    }


def test_each_kind_of_column_has_its_test() -> None:
    found = rows(frame(1), frame(2))
    assert {name: (row["kind"], row["test"]) for name, row in found.items()} == {
        "latency": ("numeric", "ks"),
        "tokens": ("numeric", "ks"),
        "rating": ("numeric", "chi_square"),
        "model": ("categorical", "chi_square"),
        "cached": ("categorical", "chi_square"),
        "answer": ("text", "ks"),
    }
    assert [row["column"] for row in found.values() if row["drifted"]] == []


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("rating", [1, 5] * (N // 2)),
        ("model", ["small"] * N),
        ("model", ["small", "large", "huge", "large"] * (N // 4)),
        ("model", ["small", None] * (N // 2)),
        ("cached", [True, False] * (N // 2)),
        ("answer", [f"short {i}" for i in range(N)]),
    ],
)
def test_a_moved_column_is_named_and_no_other(column: str, values: list[object]) -> None:
    found = rows(frame(1), frame(2, **{column: values}))
    assert [row["column"] for row in found.values() if row["drifted"]] == [column]


@pytest.mark.parametrize(
    ("left", "right", "reason"),
    [
        (None, [1.0] * N, "the reference has no such column"),
        ([1.0] * N, None, "the current window has no such column"),
        ([1.0] * N, ["a"] * N, "Float64 and String are not compared"),
        ([None] * N, [None] * N, "neither side has a value"),
        (pl.Series([None] * N, dtype=pl.Float64), pl.Series([None] * N, dtype=pl.Float64), "neither side has a value"),
        ([["a"]] * N, [["a"]] * N, "List(String) and List(String) are not compared"),
        ([{"a": 1}] * N, [{"a": 1}] * N, "Struct({'a': Int64}) and Struct({'a': Int64}) are not compared"),
        ([[1, 2]] * N, [[1, 2, 3]] * N, "lists of 2 to 3 numbers are not compared"),
        ([[1, None]] * N, [[1, 2]] * N, "lists with numbers that are missing or infinite are not compared"),
        ([JANUARY] * N, [FEBRUARY] * N, "the current window's times are all later than the reference's, as a clock's are"),
        ([FEBRUARY] * N, [JANUARY] * N, "the current window's times are all earlier than the reference's, as a clock's are"),
    ],
)
def test_a_column_that_cannot_be_compared_says_why(left: object, right: object, reason: str) -> None:
    reference, current = (frame(seed) if column is None else frame(seed, x=column) for seed, column in ((1, left), (2, right)))
    row = rows(reference, current)["x"]
    assert (row["drifted"], row["test"], row["reason"]) == (None, None, reason)


@pytest.mark.parametrize(("n", "values"), [(0, 0), (1, 1), (5, 5), (9, 9)])
def test_a_handful_of_rows_is_too_few_for_a_verdict_on_any_column(n: int, values: int) -> None:
    for row in compare_frames(frame(1), frame(2).head(n)):
        assert (row["n_reference"], row["n_current"], row["drifted"]) == (N, values, None)
        assert row["reason"] == f"the current window has {values} values, fewer than 10"


def test_frames_without_columns_have_no_rows() -> None:
    assert list(compare_frames(pl.DataFrame(), pl.DataFrame())) == []


@pytest.mark.parametrize(
    ("reference", "current"),
    [
        (pl.Series([1, 2, 3] * 100), pl.Series([1.0, 2.0, 3.0] * 100)),
        (pl.Series(range(300)), pl.Series(range(300), dtype=pl.Float32)),
        (pl.Series([True, False] * 150), pl.Series([1, 0] * 150)),
        (pl.Series([Decimal("0.5"), Decimal(1)] * 150), pl.Series([0.5, 1.0] * 150)),
        (pl.Series(["a", "b"] * 150), pl.Series(["a", "b"] * 150, dtype=pl.Categorical)),
        (pl.Series([JANUARY.date()] * 300), pl.Series([datetime(2026, 1, 1)] * 300)),  # noqa: DTZ001 - Parquet has such
        (pl.Series([float("nan")] * 5 + [1.0] * 295), pl.Series([None] * 5 + [1.0] * 295)),
    ],
)
def test_equal_values_of_other_types_have_not_drifted(reference: pl.Series, current: pl.Series) -> None:
    (row,) = compare_frames(pl.DataFrame({"x": reference}), pl.DataFrame({"x": current}))
    assert (row["drifted"], row["p_value"], row["effect"]) == (False, 1.0, 0.0)


def test_a_column_without_a_value_on_one_side_has_drifted() -> None:
    for values in ([None] * N, pl.Series([None] * N, dtype=pl.Float64), [float("nan")] * N):
        row = rows(frame(1), frame(2, latency=values))["latency"]
        assert (row["kind"], row["n_reference"], row["n_current"]) == ("numeric", N, 0)
        assert (row["test"], row["effect"], row["drifted"]) == ("missing", 1.0, True)
        assert row["reason"] == "missing values: 0.0% in the reference, 100.0% in the current window"


@pytest.mark.parametrize("column", ["latency", "tokens", "rating", "model", "cached", "answer", "at", "embedding"])
def test_a_larger_share_of_missing_values_is_found_in_every_kind_of_column(column: str) -> None:
    reference, current = (with_missing(timed(frame(seed)), seed=seed, share=share) for seed, share in ((1, 0.01), (2, 0.05)))
    found = rows(reference.select(column), current.select(column))[column]
    counts = [[side[column].null_count(), side[column].count()] for side in (reference, current)]
    expected = stats.chi2_contingency(counts, correction=False)
    assert (found["test"], found["drifted"]) == ("missing", True)
    assert found["statistic"] == pytest.approx(expected.statistic, abs=1e-9)
    assert found["p_value"] == pytest.approx(expected.pvalue, abs=1e-9)
    assert found["effect"] == pytest.approx(abs(counts[0][0] - counts[1][0]) / N, abs=1e-9)


def test_values_are_tested_as_scipy_does_past_those_that_are_missing() -> None:
    reference, current = (with_missing(frame(seed), seed=seed, share=0.1) for seed in (1, 2))
    found = rows(reference, current)
    ks = stats.ks_2samp(reference["latency"].drop_nulls(), current["latency"].drop_nulls())
    assert (found["latency"]["test"], found["latency"]["drifted"]) == ("ks", False)
    assert found["latency"]["p_value"] == pytest.approx(ks.pvalue, abs=1e-9)
    counts = [[int(side["model"].eq(name).sum()) for name in ("small", "large")] for side in (reference, current)]
    assert found["model"]["p_value"] == pytest.approx(stats.chi2_contingency(counts, correction=False).pvalue, abs=1e-9)


def test_infinite_values_are_the_largest_there_are() -> None:
    values = np.where(np.arange(N) % 5 == 0, np.inf, np.arange(N) * 1.0)
    row = rows(frame(1, x=np.arange(N) * 1.0), frame(2, x=values))["x"]
    assert (row["statistic"], row["drifted"]) == (pytest.approx(0.2, abs=0.001), True)


def test_times_are_compared_by_when_they_are() -> None:
    random = np.random.default_rng(1)
    minutes = random.integers(0, 10_000, N), random.integers(0, 10_000, N), random.integers(2_000, 12_000, N)
    same, again, later = ([JANUARY + timedelta(minutes=int(m)) for m in drawn] for drawn in minutes)
    assert [rows(frame(1, x=same), frame(2, x=current))["x"]["drifted"] for current in (again, later)] == [False, True]
    assert rows(frame(1, x=same), frame(2, x=later))["x"]["kind"] == "time"


def test_lists_of_numbers_are_compared_as_vectors() -> None:
    random = np.random.default_rng(1)
    same, again = random.normal(size=(2, 60, 8))
    moved = again + 2 * np.eye(8)[0]
    left, *currents = (pl.DataFrame({"x": side}, schema={"x": pl.Array(pl.Float64, 8)}) for side in (same, again, moved))
    found = [rows(left, current)["x"] for current in currents]
    assert [(row["kind"], row["n_current"], row["drifted"]) for row in found] == [("vector", 60, False), ("vector", 60, True)]


def test_rare_categories_that_tie_do_not_favour_the_reference() -> None:
    # Each name stands in one window alone, as ids do; 150 of them in 400 values.
    sides = [[f"{name}{side}" for name in range(100)] + ["often"] * 300 for side in "ab"]
    names = sorted({name for side in sides for name in side})
    shuffled = dict(zip(names, np.random.default_rng(3).permutation(names).tolist(), strict=True))
    reference, current = (pl.DataFrame({"x": [shuffled[name] for name in side]}) for side in sides)
    forth, back = (rows(*frames)["x"]["p_value"] for frames in ((reference, current), (current, reference)))
    assert forth == back


# Many columns of the same kind are as many trials of what the command does.


def trials(seed: int, n: int, *, columns: int, **parameters: float) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    shape = (n, columns)
    drawn: dict[str, NDArray[np.str_] | NDArray[np.float64] | NDArray[np.int64]] = {
        "normal": random.normal(parameters.get("mean", 0.0), 1, shape),
        "latency": random.lognormal(0, 1, shape) * parameters.get("factor", 1.0),
        "heavy": random.standard_cauchy(shape),
        "tokens": random.poisson(20, shape),
        "category": np.array(["a", "b"])[(random.random(shape) < parameters.get("share", 0.1)).astype(int)],
        "names": np.char.add("n", np.minimum(random.pareto(1.0, shape) * 3, 500).astype(int).astype(str)),
        "gaps": np.where(random.random(shape) < parameters.get("missing", 0.01), np.nan, random.normal(0, 1, shape)),
        "half": np.where(random.random(shape) < 0.5, np.nan, random.normal(0, 1, shape)),
    }
    return pl.DataFrame({f"{kind}/{i}": values[:, i] for kind, values in drawn.items() for i in range(columns)})


def shares(reference: pl.DataFrame, current: pl.DataFrame) -> dict[str, float]:
    """Return for each kind of column the share that drifted."""
    found = defaultdict[str, list[bool]](list)
    for name, row in rows(reference, current).items():
        found[str(name).split("/")[0]].append(row["drifted"] is True)
    return {kind: sum(drifted) / len(drifted) for kind, drifted in found.items()}


@pytest.mark.parametrize("n", [20, 500])
def test_columns_without_a_change_alarm_at_most_once_in_a_hundred(n: int) -> None:
    columns = 150
    found = shares(trials(1, n, columns=columns), trials(2, n, columns=columns))
    assert len(found) == 8
    # The level is 1 %; the rate found scatters around it with so many trials.
    assert max(found.values()) <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / columns)
    assert np.mean(list(found.values())) <= 0.01 + 3 * np.sqrt(0.01 * 0.99 / (8 * columns))


def test_plausible_shifts_are_found_in_nine_of_ten_columns() -> None:
    at_500 = shares(trials(1, 500, columns=40), trials(2, 500, columns=40, factor=1.5))
    at_2000 = shares(trials(1, 2_000, columns=40), trials(2, 2_000, columns=40, mean=0.3, share=0.15, missing=0.05))
    assert at_500["latency"] >= 0.9
    random = np.random.default_rng(9)
    scatter = [pl.DataFrame({str(i): random.normal(0, spread, 1_000) for i in range(40)}) for spread in (1.0, 1.3)]
    assert np.mean([row["drifted"] is True for row in compare_frames(*scatter)]) >= 0.9
    assert min(at_2000[kind] for kind in ("normal", "category", "gaps")) >= 0.9


def test_many_columns_without_drift_stay_quiet_with_false_discovery_control() -> None:
    random = np.random.default_rng(8)
    reference, current = (pl.DataFrame({str(i): random.normal(size=500) for i in range(300)}) for _ in "12")
    on_its_own = [row for row in rows(reference, current).values() if row["drifted"]]
    together = [row for row in rows(reference, current, fdr=True).values() if row["drifted"]]
    assert 0 < len(on_its_own) <= 9
    assert together == []


def test_a_difference_too_small_to_matter_is_no_drift_however_sure() -> None:
    random = np.random.default_rng(4)
    reference, current = (pl.DataFrame({"x": random.normal(mean, 1, 300_000)}) for mean in (0.0, 0.02))
    row = rows(reference, current)["x"]
    assert row["p_value"] < 1e-3  # type: ignore[operator]  # a number
    assert row["drifted"] is False
