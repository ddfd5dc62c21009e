"""One column of two frames: of what kind it is, and how its values, and the share of them that is missing, compare.

Must not know how many columns there are, nor when a difference is called drift.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.categories import compare_categories
from spanhouse_evaluators.drift.comparison import Comparison
from spanhouse_evaluators.drift.missing import compare_missing
from spanhouse_evaluators.drift.numbers import MIN_VALUES, compare_numbers, compare_tails
from spanhouse_evaluators.drift.vectors import compare_by_classifier, compare_by_mmd

Kind = Literal["numeric", "categorical", "text", "time", "vector", "unsupported"]

FEW_VALUES = 10
"""Numbers with no more distinct values than this, such as ratings, are compared as categories."""

MANY_CATEGORIES = 50
"""Strings with more distinct values, mostly unrepeated, are texts; their length is compared."""

MAX_VECTORS = 500
"""Vectors compared of either side, drawn evenly: the tests' time grows with their square."""

_NAMED = (pl.String, pl.Categorical, pl.Enum)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedColumn:
    """What the tests of one column found, the one of its values first; `n_*` are the values that are present."""

    name: str
    kind: Kind
    n_reference: int
    n_current: int
    outcomes: tuple[Comparison | Unscored, ...]

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The tests that could be made."""
        return tuple(one for one in self.outcomes if isinstance(one, Comparison))


def absent_column(name: str, *, reference: pl.DataFrame, current: pl.DataFrame) -> ComparedColumn:
    """Return what is known of a column that one of the frames lacks."""
    lacking = "the current window" if name in reference.columns else "the reference"
    counts = (frame[name].count() if name in frame.columns else 0 for frame in (reference, current))
    n, m = counts
    reason = Unscored(f"{lacking} has no such column")
    return ComparedColumn(name=name, kind="unsupported", n_reference=n, n_current=m, outcomes=(reason,))


def compare_column(reference: pl.Series, current: pl.Series) -> ComparedColumn:
    """Compare two columns of one name. NaN counts as missing."""
    sides = _present(reference), _present(current)
    left, right = sides
    kind = _kind(left, right)
    rows = ((len(left), len(reference) - len(left)), (len(right), len(current) - len(right)))
    found = _compared(kind, left, right) if len(left) + len(right) else [Unscored("neither side has a value")]
    return ComparedColumn(
        name=reference.name,
        kind=kind,
        n_reference=len(left),
        n_current=len(right),
        outcomes=(*found, *_missing(*rows)),
    )


def _present(series: pl.Series) -> pl.Series:
    if series.dtype.is_float():
        series = series.fill_nan(None)
    return series.drop_nulls()


def _missing(reference: tuple[int, int], current: tuple[int, int]) -> Iterable[Comparison]:
    """Return the test of the missing share, given present and missing values of either side, if there is anything to test."""
    if min(sum(reference), sum(current)) >= MIN_VALUES:
        found = compare_missing(reference, current)
        if isinstance(found, Comparison):
            yield replace(found, test="missing")


def _kind(left: pl.Series, right: pl.Series) -> Kind:
    """Return the kind of two columns; one without values is of whatever kind the other is."""
    dtypes = [side.dtype for side in (left, right) if side.dtype != pl.Null] or [pl.Null()]
    if all(dtype == pl.Boolean for dtype in dtypes):
        return "categorical"
    if all(dtype.is_numeric() or dtype in (pl.Boolean, pl.Duration) for dtype in dtypes):
        return "numeric"
    if all(dtype in (pl.Date, pl.Datetime) for dtype in dtypes) or all(dtype == pl.Time for dtype in dtypes):
        return "time"
    if all(dtype in _NAMED for dtype in dtypes):
        return "text" if any(_is_text(side) for side in (left, right)) else "categorical"
    return "vector" if all(_holds_vectors(side) for side in (left, right)) else "unsupported"


def _is_text(series: pl.Series) -> bool:
    return series.dtype == pl.String and series.n_unique() > max(MANY_CATEGORIES, len(series) / 2)


def _holds_vectors(series: pl.Series) -> bool:
    inner = getattr(series.dtype, "inner", None)
    return inner is not None and inner.is_numeric() and isinstance(series.dtype, (pl.List, pl.Array))


def _compared(kind: Kind, left: pl.Series, right: pl.Series) -> list[Comparison | Unscored]:
    for name, side in (("reference", left), ("current window", right)):
        if len(side) < MIN_VALUES:
            return [Unscored(f"the {name} has {len(side)} values, fewer than {MIN_VALUES}")]
    return _compared_vectors(left, right) if kind == "vector" else _compared_values(kind, left, right)


def _compared_values(kind: Kind, left: pl.Series, right: pl.Series) -> list[Comparison | Unscored]:
    match kind:
        case "text":
            return _compared_samples(left.str.len_chars().to_numpy(), right.str.len_chars().to_numpy())
        case "time":
            return _compared_times(left, right)
        case "categorical":
            return [compare_categories(_counts(left.cast(pl.String)), _counts(right.cast(pl.String)))]
        case "numeric":
            return _compared_numbers(_floats(left), _floats(right))
        case _:
            return [Unscored(f"{left.dtype} and {right.dtype} are not compared")]


def _compared_numbers(left: NDArray[np.float64], right: NDArray[np.float64]) -> list[Comparison | Unscored]:
    distinct = np.union1d(np.unique(left), np.unique(right))
    if len(distinct) > FEW_VALUES:
        return _compared_samples(left, right)
    # As numbers, so that 1 and 1.0 are the same value.
    return [compare_categories(*(Counter(map(str, side.tolist())) for side in (left, right)))]


def _compared_samples(left: NDArray[Any], right: NDArray[Any]) -> list[Comparison | Unscored]:
    return [compare_numbers(left, right), compare_tails(left, right)]


def _compared_times(left: pl.Series, right: pl.Series) -> list[Comparison | Unscored]:
    first, then = (_ticks(side) for side in (left, right))
    for earlier, later, which in ((first, then, "later"), (then, first, "earlier")):
        if earlier.max() < later.min():
            return [Unscored(f"the current window's times are all {which} than the reference's, as a clock's are")]
    return _compared_samples(first, then)


def _ticks(series: pl.Series) -> NDArray[np.float64]:
    # Microseconds since 1970 are exact in a double for 285 years.
    ticks = series.to_physical() if series.dtype == pl.Time else series.cast(pl.Datetime("us")).to_physical()
    return ticks.cast(pl.Float64).to_numpy()


def _compared_vectors(left: pl.Series, right: pl.Series) -> list[Comparison | Unscored]:
    sides = [side.sample(MAX_VECTORS, seed=0) if len(side) > MAX_VECTORS else side for side in (left, right)]
    widths = {len(vector) for side in sides for vector in side}
    if len(widths) > 1 or 0 in widths:
        return [Unscored(f"lists of {min(widths)} to {max(widths)} numbers are not compared")]
    first, then = (np.array(side.to_list(), dtype=np.float64) for side in sides)
    if not np.isfinite(first).all() or not np.isfinite(then).all():
        return [Unscored("lists with numbers that are missing or infinite are not compared")]
    return [compare_by_classifier(first, then), compare_by_mmd(first, then)]


def _floats(series: pl.Series) -> NDArray[np.float64]:
    if series.dtype == pl.Duration:
        series = series.dt.total_nanoseconds()
    return series.cast(pl.Float64).to_numpy()


def _counts(series: pl.Series) -> dict[str, int]:
    return {str(value): int(n) for value, n in series.value_counts().iter_rows()}
