"""Anderson and Darling's test of two samples: as Kolmogorov and Smirnov's, and it also sees what changes towards the tails.

From counts of equal values, or of neighbouring ones in bins, so that a database may have counted them. Must not know which.
"""

import math
from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.comparison import Comparison

MIN_POOLED = 8
"""Values in both samples together from which the statistic's moments are used."""

TAIL_FROM = 2.0
"""From here, at a chance of 0.09, the limit's tail is computed by its leading terms: too small by 1 % there, 0.02 % at 0.01."""

LIMIT_DEVIATION = math.sqrt(2 * (math.pi**2 - 9) / 3)
"""The standard deviation of the limit distribution, whose mean is 1."""

_CENTRE = (2.00012, 0.247105, -0.0649821, 0.0347962, -0.011672, 0.00168691)
"""Of the fit below it, with an error of 2e-5: Marsaglia and Marsaglia (2004), Evaluating the Anderson-Darling distribution."""

TIED = 0.01
"""Of all values, from which share on equal ones are a tie of which the null distribution takes account."""

Counts = Sequence[int] | NDArray[np.int64]
_Numbers = NDArray[np.float64]


def anderson_darling(reference: Counts, current: Counts) -> Comparison | Unscored:
    """Compare two samples given as counts by ascending value; its effect is the largest distance of the distributions.

    The statistic is Scholz and Stephens' (1987) in the form for ties, standardised as scipy.stats.anderson_ksamp gives it. Its
    p-value is that of the limit distribution, to which it is scaled by the deviation at these sizes; where many values are equal,
    of the limit for that.
    """
    left, right = np.asarray(reference, dtype=np.float64), np.asarray(current, dtype=np.float64)
    is_met = left + right > 0
    left, right = left[is_met], right[is_met]
    n, m = int(left.sum()), int(right.sum())
    if not n or not m or n + m < MIN_POOLED:
        return Unscored("the windows have too few values")
    if len(left) < 2:
        return Unscored("all values of both windows are alike")
    statistic = (_distance(left, right) - 1.0) / _deviation(n, m)
    return Comparison(
        test="anderson_darling",
        n_reference=n,
        n_current=m,
        statistic=statistic,
        p_value=_p_value(1.0 + statistic * LIMIT_DEVIATION, (left + right) / (n + m)),
        effect=float(np.abs(left.cumsum() / n - right.cumsum() / m).max()),
    )


def _distance(left: _Numbers, right: _Numbers) -> float:
    """Return the statistic before it is standardised: squared distances of the distributions, by the pooled one's variance."""
    pooled = left + right
    total = pooled.sum()
    ranks = pooled.cumsum() - pooled / 2
    weights = pooled / total / (ranks * (total - ranks) - total * pooled / 4)
    found = 0.0
    for side in (left, right):
        size = side.sum()
        gaps = total * (side.cumsum() - side / 2) - ranks * size
        found += float((weights * gaps * gaps).sum() / size)
    return found * float(total - 1) / float(total)


def _deviation(n: int, m: int) -> float:
    """Return the standard deviation without drift; Scholz and Stephens (1987), section 3, for two samples.

    Their sums over all values in closed form, as windows have millions.
    """
    total = n + m
    sizes = 1 / n + 1 / m
    harmonic = float(scipy.special.digamma(total) + np.euler_gamma)
    squares = math.pi**2 / 6 - float(scipy.special.polygamma(1, total + 1))
    nested = harmonic**2 - (harmonic + 1 / total) ** 2 + squares
    cubic = 4 * nested - 6 + (10 - 6 * nested) * sizes
    square = 12 * nested - 22 + 8 * harmonic + (2 * nested - 14 * harmonic - 4) * sizes
    linear = 36 * harmonic + 4 + (2 * harmonic - 6) * sizes
    variance = (cubic * total**3 + square * total**2 + linear * total + 24) / ((total - 1) * (total - 2) * (total - 3))
    return math.sqrt(variance)


def limit_p_value(distance: float) -> float:
    """Return the chance of such a distance or a larger one without drift, for large samples.

    The limit is a sum of squared normal values with the weights 1/2, 1/6, 1/12, ... (Anderson and Darling 1952). Far out the
    first one decides: the leading terms of its tail, with the mean that the others have there (11/18).
    """
    if distance <= 0:
        return 1.0
    if distance >= TAIL_FROM:
        return math.sqrt(3) * math.erfc(math.sqrt(distance)) * (1 + 11 / 36 / distance)
    fitted = math.fsum(coefficient * distance**power for power, coefficient in enumerate(_CENTRE))
    return 1.0 - math.exp(-1.2337141 / distance) / math.sqrt(distance) * fitted


def _p_value(distance: float, shares: _Numbers) -> float:
    """Return the p-value where the pooled values have these shares."""
    if shares.max() < TIED:
        return limit_p_value(distance)
    square, cube = moments(_coarse(shares))
    # Squared normal values with weights that add up to 1, as a chi-square variable of the same mean, variance and skewness.
    freedom = square**3 / cube**2
    return float(scipy.special.chdtrc(freedom, max(0.0, freedom + (distance - 1.0) * math.sqrt(freedom / square))))


def _coarse(shares: _Numbers) -> _Numbers:
    """Return the shares with those of neighbouring values that are not tied taken together, at most TIED for each."""
    is_tied = shares >= TIED
    untied = np.where(is_tied, 0.0, shares).cumsum() // TIED
    is_first = np.ones(len(shares), dtype=bool)
    is_first[1:] = is_tied[1:] | is_tied[:-1] | (np.diff(untied) > 0)
    return np.asarray(np.add.reduceat(shares, np.flatnonzero(is_first)))


def moments(shares: _Numbers) -> tuple[float, float]:
    """Return the sums of squares and cubes of the weights: traces of the powers of the weighted covariance between the ranks.

    Above its diagonal, which holds the shares, that matrix is a product of what belongs to its row and what to its column, so
    that sums over it are running sums: multiplied out, a window with 150 values takes forty times as long.
    """
    below, above = shares.cumsum() - shares / 2, shares[::-1].cumsum()[::-1] - shares / 2
    weights = shares / (below * above - shares / 4)
    of_row, of_column, both = weights * below**2, weights * above**2, weights * below * above
    before, after = of_row.cumsum() - of_row, of_column[::-1].cumsum()[::-1] - of_column
    square = (shares**2).sum() + 2 * (before * of_column).sum()
    with_diagonal = 3 * (shares * (before * of_column + of_row * after)).sum()
    cube = (shares**3).sum() + with_diagonal + 6 * (before * both * after).sum()
    return float(square), float(cube)
