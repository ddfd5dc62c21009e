"""Categories against categories: models, tools, languages, finish reasons, yes and no."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import distance

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.comparison import Comparison

MAX_CATEGORIES = 100
"""The rarest beyond these are taken together."""

MIN_EXPECTED = 5.0
"""Below this the chi-square distribution alarms too often, and p is found by resampling."""

RESAMPLES = 9_999
SEED = 20_261_123
"""Fixed: the same windows always get the same verdict."""


def compare_categories(reference: Mapping[str, int], current: Mapping[str, int]) -> Comparison | Unscored:
    """Compare two windows given as counts by category.

    The statistic is Pearson's chi-square without continuity correction; the effect the
    Jensen-Shannon distance to base 2. A category that one side lacks counts as 0 there.
    """
    table = _table(reference, current)
    n, m = (int(total) for total in table.sum(axis=1))
    if not n or not m:
        return Unscored("one of the windows has no values")
    statistic = float(_chi_square(table[1:], table.sum(axis=0))[0])
    return Comparison(
        test="chi_square",
        n_reference=n,
        n_current=m,
        statistic=statistic,
        p_value=_p_value(statistic, table),
        effect=jensen_shannon(table[0], table[1]),
    )


def jensen_shannon(left: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    """Return the Jensen-Shannon distance to base 2: 0 for the same shares, 1 for disjoint ones."""
    found = float(distance.jensenshannon(left, right, base=2))
    # Equal shares can leave the square root of a negative rounding error.
    return 0.0 if np.isnan(found) else found


def _table(reference: Mapping[str, int], current: Mapping[str, int]) -> NDArray[np.int64]:
    """Return two rows of counts; categories in order of frequency, empty ones left out."""
    ranked = (Counter(reference) + Counter(current)).most_common()
    names = [name for name, _ in ranked[: MAX_CATEGORIES - 1]]
    table = np.array([[side.get(name, 0) for name in names] for side in (reference, current)])
    table = table.reshape(2, len(names)).astype(np.int64)
    rest = [sum(side.get(name, 0) for name, _ in ranked[MAX_CATEGORIES - 1 :]) for side in (reference, current)]
    return np.column_stack([table, rest]) if any(rest) else table


def _chi_square(current: NDArray[np.int64], totals: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return Pearson's statistic of each row that the current window could be, all of one sum."""
    share = current[0].sum() / totals.sum()
    excess = (current - totals * share) ** 2
    return np.asarray((excess / (totals * share * (1 - share))).sum(axis=1), dtype=np.float64)


def _p_value(statistic: float, table: NDArray[np.int64]) -> float:
    totals = table.sum(axis=0)
    smallest = totals.min() * table.sum(axis=1).min() / table.sum()
    if smallest >= MIN_EXPECTED or len(totals) == 1:
        return float(stats.chi2.sf(statistic, len(totals) - 1)) if len(totals) > 1 else 1.0
    # Under no drift the current row is a draw without replacement from both windows together.
    random = np.random.default_rng(SEED)
    draws = random.multivariate_hypergeometric(totals, table[1].sum(), size=RESAMPLES, method="marginals")
    resampled = _chi_square(draws, totals)
    # The rounding of equal tables must not tell them apart.
    as_extreme = int((resampled >= statistic * (1 - 1e-12)).sum())
    return (as_extreme + 1) / (RESAMPLES + 1)
