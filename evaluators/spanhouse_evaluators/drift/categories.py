"""Categories against categories: models, tools, languages, finish reasons, yes and no."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.comparison import Comparison
from spanhouse_evaluators.drift.resampling import RESAMPLES, SEED, resampled_p_value

MAX_CATEGORIES = 100
"""The rarest beyond these are taken together."""

MOMENTS_FROM = 1_000
"""Draws from which the mean and variance of the statistic are taken where its p-value is too small for drawing."""

MIN_EXPECTED = 5.0
"""Below this the chi-square distribution alarms too often, and p is that of all tables with the same totals: of two
categories by going through them, of more by drawing from them."""


UNKNOWN = "\0"
"""What stands for all categories that a frozen reference does not have; no name of a model or a tool holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenCategories:
    """A reference distribution: `counts[i]` values were `names[i]`, which are sorted and not empty."""

    names: tuple[str, ...]
    counts: tuple[int, ...]


def freeze_categories(values: Sequence[str]) -> FrozenCategories | Unscored:
    """Return the categories of a reference window, at most the `MAX_CATEGORIES` most frequent; the others are unknown later."""
    most = Counter(values).most_common(MAX_CATEGORIES)
    if not most:
        return Unscored("the reference has no values")
    names, counts = zip(*sorted(most), strict=True)
    return FrozenCategories(names=names, counts=counts)


def compare_frozen_categories(reference: FrozenCategories, current: Sequence[int]) -> Comparison | Unscored:
    """Compare with counts in the order of the reference's names, and one more of values that it does not have."""
    left = dict(zip(reference.names, reference.counts, strict=True))
    right = dict(zip((*reference.names, UNKNOWN), map(int, current), strict=True))
    if sum(1 for name in right if right[name] or left.get(name)) < 2:
        return Unscored("always the same category on both sides")
    return compare_categories(left, right)


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


def compare_shares(reference: Sequence[int], current: Sequence[int]) -> Comparison | Unscored:
    """Compare counts of the same few values in their order, such as no and yes.

    The test is that of categories, which does not give away power as KS does where most values are equal; the effect is KS's, the
    largest difference of the shares up to a value: of two that of either one. Unscored where all are one value on both sides.
    """
    n, m = sum(reference), sum(current)
    if not n or not m:
        return Unscored("one of the windows has no values")
    met = [(int(left), int(right)) for left, right in zip(reference, current, strict=True) if left or right]
    if len(met) == 1:
        return Unscored("always the same value on both sides")
    left, right = ({str(place): count for place, count in enumerate(side)} for side in zip(*met, strict=True))
    tested = compare_categories(left, right)
    effect = float(np.abs(np.cumsum(reference) / n - np.cumsum(current) / m).max())
    return tested if isinstance(tested, Unscored) else replace(tested, effect=effect)


def jensen_shannon(left: NDArray[np.int64], right: NDArray[np.int64]) -> float:
    """Return the Jensen-Shannon distance to base 2: 0 for the same shares, 1 for disjoint ones."""
    found = float(scipy.spatial.distance.jensenshannon(left, right, base=2))
    # Equal shares can leave the square root of a negative rounding error.
    return 0.0 if np.isnan(found) else found


def _table(reference: Mapping[str, int], current: Mapping[str, int]) -> NDArray[np.int64]:
    """Return two rows of counts; categories in order of frequency, empty ones left out."""
    totals = Counter(reference) + Counter(current)
    # Ties go by name: in the order of the windows, the rest would hold what the later one has more of.
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
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
    if len(totals) == 1:
        return 1.0
    if smallest >= MIN_EXPECTED:
        return float(scipy.special.chdtrc(len(totals) - 1, statistic))
    # Under no drift the current row is a draw without replacement from both windows together.
    return (_exact if len(totals) == 2 else _resampled)(statistic, totals, table[1].sum())


def _exact(statistic: float, totals: NDArray[np.int64], n_current: int) -> float:
    """Return the chance of at least this statistic among all tables that two categories allow."""
    rare = int(totals.argmin())
    met = np.arange(max(0, n_current - totals[1 - rare]), min(totals[rare], n_current) + 1)
    rows = np.empty((len(met), 2), dtype=np.int64)
    rows[:, rare], rows[:, 1 - rare] = met, n_current - met
    # The rounding of equal tables must not tell them apart.
    is_as_extreme = _chi_square(rows, totals) >= statistic * (1 - 1e-12)
    chances = scipy.stats.hypergeom.pmf(met, totals.sum(), totals[rare], n_current)
    return min(1.0, float(chances[is_as_extreme].sum()))


def _resampled(statistic: float, totals: NDArray[np.int64], n_current: int) -> float:
    random = np.random.default_rng(SEED)

    def draw(size: int) -> NDArray[np.float64]:
        rows = random.multivariate_hypergeometric(totals, n_current, size=size, method="marginals")
        return _chi_square(rows, totals)

    p_value = resampled_p_value(statistic, draw)
    if p_value > 1 / (RESAMPLES + 1):
        return p_value
    # Rarer than draws can tell: the tail of a scaled chi-square with the draws' mean and variance, so that among hundreds of
    # series a plain change is still one.
    met = draw(MOMENTS_FROM)
    scale = met.var() / (2 * met.mean())
    return min(p_value, float(scipy.special.chdtrc(met.mean() / scale, statistic / scale)))
