"""Two frames, column by column: which of them drifted.

Must not know where the frames come from.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.columns import ComparedColumn, absent_column, compare_column
from spanhouse_evaluators.drift.comparison import ALPHA, Comparison, false_discovery_adjusted, is_drift, shared_p_values


def compare_frames(
    reference: pl.DataFrame, current: pl.DataFrame, *, alpha: float = ALPHA, fdr: bool = False
) -> Iterator[dict[str, object]]:
    """Yield a row for each column of either frame, in the order of the reference, then of current.

    | key | meaning |
    | --- | --- |
    | column, kind | `numeric`, `categorical`, `text` (by length in characters), `time`, `vector` or `unsupported` |
    | n_reference, n_current | values present; NaN counts as missing |
    | test | `ks`, `anderson_darling`, `chi_square`, `classifier`, `mmd`, or `missing` (its share); null when unscored |
    | statistic, p_value, effect | of that test; the effect is 0 for equal, 1 for disjoint samples |
    | drifted | p at most the column's level and a relevant effect; null when unscored |
    | reason | why it is unscored, or how the missing share moved; else empty |

    The level of a column is `alpha`, shared among its tests (`comparison.SHARES`): its values', and that of the missing share
    where values are missing. The row is about the test that shows drift, else about the values. With `fdr` the level holds for
    all columns together (Benjamini-Yekutieli); p_value stays raw.
    """
    names = dict.fromkeys([*reference.columns, *current.columns])
    columns = [_compare(name, reference=reference, current=current) for name in names]
    for column, levels in zip(columns, _levels(columns, fdr=fdr), strict=True):
        yield _row(column, levels, alpha=alpha)


def _compare(name: str, *, reference: pl.DataFrame, current: pl.DataFrame) -> ComparedColumn:
    if name in reference.columns and name in current.columns:
        return compare_column(reference[name], current[name])
    return absent_column(name, reference=reference, current=current)


def _levels(columns: Sequence[ComparedColumn], *, fdr: bool) -> list[list[float]]:
    """Return for each column its tests' p-values, for their shares of its level; with `fdr` corrected over all columns."""
    shared = [shared_p_values(column.comparisons) for column in columns]
    if not fdr:
        return shared
    # Weighted so that the weights of a column's tests are 1 on average.
    adjusted = iter(false_discovery_adjusted([p / len(of_column) for of_column in shared for p in of_column]))
    return [[next(adjusted) for _ in of_column] for of_column in shared]


def _row(column: ComparedColumn, levels: Sequence[float], *, alpha: float) -> dict[str, object]:
    judged = zip(column.comparisons, levels, strict=True)
    drifted = {one.test: one for one, level in judged if is_drift(one.effect, level, alpha=alpha)}
    if "ks" in drifted:  # people know it, and it tells as much
        drifted.pop("anderson_darling", None)
    moved = min(drifted.values(), key=lambda one: one.p_value, default=None)
    # Where the values cannot be compared, an even share of missing ones says nothing about them.
    leading = column.outcomes[0]
    shown = moved or (leading if isinstance(leading, Comparison) else None)
    return {
        "column": column.name,
        "kind": column.kind,
        "n_reference": column.n_reference,
        "n_current": column.n_current,
        "test": shown and shown.test,
        "statistic": shown and shown.statistic,
        "p_value": shown and shown.p_value,
        "effect": shown and shown.effect,
        "drifted": shown and moved is not None,
        "reason": _reason(column, shown),
    }


def _reason(column: ComparedColumn, shown: Comparison | None) -> str:
    if shown is None:
        leading = column.outcomes[0]
        return leading.reason if isinstance(leading, Unscored) else ""
    if shown.test != "missing":
        return ""
    shares = (1 - column.n_reference / shown.n_reference, 1 - column.n_current / shown.n_current)
    return "missing values: {:.1%} in the reference, {:.1%} in the current window".format(*shares)
