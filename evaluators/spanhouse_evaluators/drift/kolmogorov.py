"""How likely a distance between two windows is where nothing changed: Kolmogorov and Smirnov's test at large sizes."""

import numpy as np
import scipy

# From so many values the expansion of the distance's distribution errs by less than 5e-10; scipy takes 5 ms for fewer. Beyond
# the second scipy takes an expansion too.
_MANY = 5_000, 1_000_000
# In units of n d^2. Below the first scipy is fast, and both directions count; beyond the second a p-value is below 1e-10.
_TAIL, _FAR = 2.2, 12.0


def ks_p_value(distance: float, *, n_reference: int, n_current: int) -> float:
    """Return the p-value of `scipy.stats.ks_2samp(method="asymp")`, to 1e-9, without its sum over the values.

    That takes a second at a million. In the tail it is twice the one-sided probability, here by Lauwerier's expansion (The
    asymptotic expansion of the statistical distribution of N. V. Smirnov, Z. Wahrscheinlichkeitstheorie 2, 1963). Far out, where
    that is next to nothing, its terms outgrow one another; there Maag and Dicaire's form (Biometrika 58, 1971) is taken, which
    is never negative.
    """
    n = round(n_reference * n_current / (n_reference + n_current))
    square = n * distance**2
    if not _MANY[0] <= n <= _MANY[1] or square <= _TAIL:
        return float(scipy.stats.kstwo.sf(distance, n))
    if square > _FAR:
        return float(2 * np.exp(-((6 * n * distance + 1) ** 2) / (18 * n)))
    root = np.sqrt(n)
    z = root * distance
    terms = (
        1 - 2 * z / (3 * root),
        2 * square / (3 * n) * (1 - 2 * square / 3),
        4 * z / (9 * n * root) * (1 / 5 - 19 * square / 15 + 2 * square**2 / 3),
    )
    return float(2 * np.exp(-2 * square) * sum(terms))
