"""Two frames, column by column: which of them drifted.

Must not know where the frames come from.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.categories import compare_categories
from spanhouse_evaluators.drift.comparison import (
    ALPHA,
    Comparison,
    false_discovery_adjusted,
    is_drift,
)
from spanhouse_evaluators.drift.numbers import compare_numbers

Kind = Literal["numeric", "categorical", "text", "unsupported"]

FEW_VALUES = 10
"""Numbers with no more distinct values than this, such as ratings, are compared as categories."""

MANY_CATEGORIES = 50
"""Strings with more distinct values, mostly unrepeated, are texts; their length is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDrift:
    """One column's verdict; `drifted` is `None` where `outcome` is `Unscored`."""

    column: str
    kind: Kind
    outcome: Comparison | Unscored
    drifted: bool | None


def compare_frames(
    reference: pl.DataFrame, current: pl.DataFrame, *, alpha: float = ALPHA, fdr: bool = False
) -> Iterator[dict[str, object]]:
    """Yield a row for each column of either frame, in the order of the reference, then of current.

    | key | meaning |
    | --- | --- |
    | column, kind | `numeric`, `categorical`, `text` (by length in characters) or `unsupported` |
    | n_reference, n_current | values compared; null when nothing was |
    | test | `ks` or `chi_square`; null when unscored |
    | statistic, p_value, effect | of the test; the effect is 0 for equal, 1 for disjoint samples |
    | drifted | p at most `alpha` and a relevant effect; null when unscored |
    | reason | why it is unscored, else empty |

    With `fdr` the level holds for all columns together (Benjamini-Yekutieli); p_value stays raw.
    """
    for row in compare_columns(reference, current, alpha=alpha, fdr=fdr):
        yield _as_dict(row)


def compare_columns(
    reference: pl.DataFrame, current: pl.DataFrame, *, alpha: float = ALPHA, fdr: bool = False
) -> list[ColumnDrift]:
    """Return the verdict of each column, as `compare_frames` orders them."""
    names = list(dict.fromkeys([*reference.columns, *current.columns]))
    found = [(name, *_compare_column(name, reference=reference, current=current)) for name in names]
    levels = [outcome.p_value for _, _, outcome in found if isinstance(outcome, Comparison)]
    adjusted = iter(false_discovery_adjusted(levels) if fdr else levels)
    return [
        ColumnDrift(
            column=name,
            kind=kind,
            outcome=outcome,
            drifted=is_drift(outcome.effect, next(adjusted), alpha=alpha) if isinstance(outcome, Comparison) else None,
        )
        for name, kind, outcome in found
    ]


def _compare_column(name: str, *, reference: pl.DataFrame, current: pl.DataFrame) -> tuple[Kind, Comparison | Unscored]:
    for side, frame in (("reference", reference), ("current window", current)):
        if name not in frame.columns:
            return "unsupported", Unscored(f"the {side} has no such column")
    left, right = reference[name], current[name]
    kind = _kind(left, right)
    if not left.count() and not right.count():
        return kind, Unscored("neither side has a value")
    match kind:
        case "unsupported":
            return kind, Unscored(f"{left.dtype} and {right.dtype} are not compared")
        case "text":
            return kind, compare_numbers(*(_floats(s.str.len_chars()) for s in (left, right)))
        case "numeric" if max(left.n_unique(), right.n_unique()) > FEW_VALUES:
            return kind, compare_numbers(_floats(left), _floats(right))
        case _:
            return kind, compare_categories(_counts(left), _counts(right))


def _kind(left: pl.Series, right: pl.Series) -> Kind:
    if all(side.dtype.is_numeric() or side.dtype == pl.Duration for side in (left, right)):
        return "numeric"
    named = (pl.String, pl.Categorical, pl.Enum)
    if all(side.dtype == pl.Boolean for side in (left, right)):
        return "categorical"
    if not all(side.dtype in named for side in (left, right)):
        return "unsupported"
    return "text" if any(_is_text(side) for side in (left, right)) else "categorical"


def _is_text(series: pl.Series) -> bool:
    distinct = series.n_unique()
    return series.dtype == pl.String and distinct > max(MANY_CATEGORIES, series.count() / 2)


def _floats(series: pl.Series) -> NDArray[np.float64]:
    if series.dtype == pl.Duration:
        series = series.dt.total_nanoseconds()
    return series.cast(pl.Float64).drop_nulls().to_numpy()


def _counts(series: pl.Series) -> dict[str, int]:
    """Return the count by value; for categories a missing value is one of them."""
    counted = series.cast(pl.String).fill_null("(missing)").value_counts()
    return {str(value): int(n) for value, n in counted.iter_rows()}


def _as_dict(row: ColumnDrift) -> dict[str, object]:
    outcome = row.outcome
    tested = outcome if isinstance(outcome, Comparison) else None
    return {
        "column": row.column,
        "kind": row.kind,
        "n_reference": tested and tested.n_reference,
        "n_current": tested and tested.n_current,
        "test": tested and tested.test,
        "statistic": tested and tested.statistic,
        "p_value": tested and tested.p_value,
        "effect": tested and tested.effect,
        "drifted": row.drifted,
        "reason": outcome.reason if isinstance(outcome, Unscored) else "",
    }
