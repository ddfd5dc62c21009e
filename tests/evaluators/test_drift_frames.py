"""Two frames, column by column."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from scipy import stats

from spanhouse_evaluators.drift.frames import compare_frames

N = 2_000


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
        ([datetime(2026, 1, 1, tzinfo=UTC)] * N,) * 2 + ("Datetime(time_unit='us', time_zone='UTC') twice are not compared",),
        ([None] * N, [None] * N, "neither side has a value"),
        (pl.Series([None] * N, dtype=pl.Float64), pl.Series([None] * N, dtype=pl.Float64), "neither side has a value"),
        ([[1]] * N, [[1]] * N, "List(Int64) and List(Int64) are not compared"),
        ([float(i) for i in range(N)], [1.0, 2.0] + [None] * (N - 2), "the current window has 2 values, fewer than 10"),
    ],
)
def test_a_column_that_cannot_be_compared_says_why(left: object, right: object, reason: str) -> None:
    reference, current = (frame(seed) if column is None else frame(seed, x=column) for seed, column in ((1, left), (2, right)))
    row = rows(reference, current)["x"]
    assert (row["drifted"], row["test"]) == (None, None)
    assert str(row["reason"]).startswith(reason.partition(" twice")[0])


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
