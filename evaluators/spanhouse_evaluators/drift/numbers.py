"""Numbers against numbers, with both samples at hand: Kolmogorov and Smirnov's test, and Anderson and Darling's."""

import warnings
from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.comparison import Comparison
from spanhouse_evaluators.drift.tails import anderson_darling

MIN_VALUES = 10
"""Fewer on either side can hardly reach the 1 % level whatever they are."""

Numbers = Sequence[float] | NDArray[np.float64]


def compare_numbers(reference: Numbers, current: Numbers) -> Comparison | Unscored:
    """Return the two-sided two-sample KS test; its statistic is the effect too.

    NaN is left out and not counted. Ties make the test cautious, never eager.
    """
    left, right = _present(reference), _present(current)
    for name, values in (("reference", left), ("current window", right)):
        if len(values) < MIN_VALUES:
            return Unscored(f"the {name} has {len(values)} values, fewer than {MIN_VALUES}")
    with warnings.catch_warnings():
        # scipy warns when the exact p-value cannot be computed and takes the asymptotic one,
        # which is what is wanted at the sizes where that happens.
        warnings.simplefilter("ignore", RuntimeWarning)
        result = scipy.stats.ks_2samp(left, right)
    distance = float(result.statistic)
    return Comparison(
        test="ks",
        n_reference=len(left),
        n_current=len(right),
        statistic=distance,
        p_value=float(result.pvalue),
        effect=distance,
    )


def compare_tails(reference: Numbers, current: Numbers) -> Comparison | Unscored:
    """Return Anderson and Darling's test, which also sees a scatter that changed; NaN is left out and not counted."""
    sides = [np.sort(_present(values)) for values in (reference, current)]
    values = np.unique(np.concatenate(sides))
    counts = [np.diff(np.searchsorted(side, values, side="right"), prepend=0) for side in sides]
    return anderson_darling(*counts)


def _present(values: Numbers) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    return array[~np.isnan(array)]
