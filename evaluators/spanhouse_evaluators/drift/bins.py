"""Numbers against a frozen reference, from counts alone.

The reference window is cut once into quantile bins and kept as edges and counts. A later window
is only ever counted into those bins, which a database does without moving a row, so that the cost
here does not grow with the traffic.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.comparison import Comparison
from spanhouse_evaluators.drift.kolmogorov import ks_p_value

PARTS = 200
"""The KS distance read off the edges falls short of the exact one by at most 1/PARTS."""

GROUPS = 10
"""PSI is taken over deciles: finer bins cost it power, coarser ones blunt it."""

MIN_PER_GROUP = 5.0
"""Expected values in each bin from which PSI follows its chi-square distribution."""

MIDDLE = 0.98
"""The scale of values is the distance that so many of them, those in the middle, span."""

SMOOTHING = 0.5
"""Added to every count, so that an empty bin does not make PSI infinite."""

Counts = Sequence[int] | NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenBins:
    """A reference distribution: `counts[i]` values are below `edges[i]` and not below the edge before.

    Ascending edges; one more count than edges, the last for values from the last edge upward.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]


def freeze(values: Sequence[float] | NDArray[np.float64]) -> FrozenBins | Unscored:
    """Return the bins of a reference window. NaN is left out; no values leave nothing to freeze."""
    array = np.asarray(values, dtype=np.float64)
    array = array[np.isfinite(array)]  # a copy, sorted below
    if not len(array):
        return Unscored("the reference has no values")
    array.sort()
    quantiles = np.unique(np.quantile(array, np.linspace(0, 1, PARTS + 1), method="higher"))
    copies = np.searchsorted(array, quantiles, side="right") - np.searchsorted(array, quantiles)
    # A value that fills a part by itself gets a bin of its own, and so does what lies above all values.
    alone = (copies >= len(array) / PARTS) | (quantiles == array[-1])
    edges = np.union1d(quantiles, np.nextafter(quantiles[alone], np.inf))
    return FrozenBins(edges=tuple(edges.tolist()), counts=tuple(_count(edges, array).tolist()))


def count(bins: FrozenBins, values: Sequence[float] | NDArray[np.float64]) -> list[int]:
    """Return how many of the values fall into each bin; NaN is left out."""
    array = np.asarray(values, dtype=np.float64)
    return [int(n) for n in _count(np.asarray(bins.edges), array[~np.isnan(array)])]


def _count(edges: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    places = np.searchsorted(edges, values, side="right")
    return np.bincount(places, minlength=len(edges) + 1).astype(np.int64)


def ks_of_counts(bins: FrozenBins, current: Counts) -> Comparison | Unscored:
    """Return the KS test read off the bins' edges: never larger than the exact distance."""
    left, right = np.asarray(bins.counts), np.asarray(current)
    n, m = int(left.sum()), int(right.sum())
    if not n or not m:
        return Unscored("one of the windows has no values")
    distance = float(np.abs(left.cumsum() / n - right.cumsum() / m).max())
    return Comparison(
        test="ks",
        n_reference=n,
        n_current=m,
        statistic=distance,
        p_value=min(1.0, ks_p_value(distance, n_reference=n, n_current=m)),
        effect=distance,
    )


def psi_of_counts(bins: FrozenBins, current: Counts) -> Comparison | Unscored:
    """Return the population stability index over deciles, with its p-value at these sizes.

    Without drift PSI / (1/n + 1/m) follows chi-square with one degree of freedom fewer than there
    are bins, so a fixed threshold of 0.1 or 0.25 means something else at every size.
    """
    frozen, counted = np.asarray(bins.counts), np.asarray(current)
    n, m = int(frozen.sum()), int(counted.sum())
    if min(n, m) < GROUPS * MIN_PER_GROUP:
        return Unscored(f"{min(n, m)} values are too few for {GROUPS} bins")
    groups = _groups(frozen)
    if groups.max() == 0:
        return Unscored("the reference is constant")
    left, right = (_shares(groups, counts) for counts in (frozen, counted))
    psi = float(((left - right) * np.log(left / right)).sum())
    return Comparison(
        test="psi",
        n_reference=n,
        n_current=m,
        statistic=psi,
        p_value=float(scipy.special.chdtrc(len(left) - 1, psi / (1 / n + 1 / m))),
        effect=float(np.abs(left - right).sum() / 2),
    )


def distance_of_counts(bins: FrozenBins, current: Counts, *, outside: float = 0.0) -> float:
    """Return how far values moved on average: Wasserstein's first distance, in their unit; 0 where a window has none.

    `outside` is how far the current values below the first and above the last edge lie from it, in total. Exact where
    values have bins of their own, as rates of yes and no; within other bins they are taken to be spread evenly, which
    errs by at most the width of each times its larger share.
    """
    left, right = np.asarray(bins.counts), np.asarray(current)
    n, m = int(left.sum()), int(right.sum())
    if not n or not m:
        return 0.0
    gaps = (left.cumsum() / n - right.cumsum() / m)[:-1]
    before, after = np.abs(gaps[:-1]), np.abs(gaps[1:])
    total = np.where(before + after > 0, before + after, 1.0)
    # Where the sign changes within a bin, two triangles meet; else it is a trapezium.
    heights = np.where(gaps[:-1] * gaps[1:] < 0, (before**2 + after**2) / total, before + after) / 2
    return float((heights * np.diff(bins.edges)).sum() + outside / m)


def is_rate(bins: FrozenBins) -> bool:
    """Return whether the reference's values are all 0 or 1: no and yes as numbers."""
    edges = np.asarray(bins.edges)
    return {0.0, 1.0}.issuperset(np.unique(np.floor(edges))) and float(np.ptp(np.mod(edges, 1.0))) < 1e-9


def scale_of(bins: FrozenBins) -> float:
    """Return the distance that the reference's values span: 1 for shares, which lie from 0 to 1, else that of the middle ones.

    Of all of them where the middle ones are one value, and that value's size where all are.
    """
    first, last = bins.edges[0], bins.edges[-1]
    if first >= 0.0 and last <= np.nextafter(1.0, np.inf):
        return 1.0
    shares = np.cumsum(bins.counts)[:-1] / sum(bins.counts)
    low, high = (bins.edges[min(int(np.searchsorted(shares, (1 + side * MIDDLE) / 2)), len(shares) - 1)] for side in (-1, 1))
    # A value with a bin of its own spans the distance to the next double.
    spans = (high - low, last - first, abs(last))
    return next(span for span in spans if span > 1e-12 * abs(last))


def _groups(reference: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each bin the decile it belongs to, counted from 0 without gaps.

    A value that fills several deciles by itself makes one of them.
    """
    middle = (reference.cumsum() - reference / 2) / reference.sum()
    # An empty bin joins its neighbour: a group that the reference never entered has no share to compare.
    decile = np.where(reference > 0, (middle * GROUPS).astype(np.int64), 0)
    decile = np.maximum(np.maximum.accumulate(decile), decile[reference > 0][0])
    return np.unique(decile, return_inverse=True)[1].astype(np.int64)


def _shares(groups: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    grouped = np.bincount(groups, weights=counts) + SMOOTHING
    return np.asarray(grouped / grouped.sum(), dtype=np.float64)
