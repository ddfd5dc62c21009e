"""Numbers against numbers, with both samples at hand: Kolmogorov and Smirnov's test, and Anderson and Darling's."""

import warnings
from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.comparison import Comparison
from spanhouse_evaluators.drift.kolmogorov import ks_p_value
from spanhouse_evaluators.drift.tails import anderson_darling

MIN_VALUES = 10
"""Fewer on either side can hardly reach the 1 % level whatever they are."""

_MOST_EXACT = 10_000
"""As in scipy: with more values on a side the p-value is the asymptotic one."""

Numbers = Sequence[float] | NDArray[np.float64]


def compare_numbers(reference: Numbers, current: Numbers) -> Comparison | Unscored:
    """Return the two-sided two-sample KS test; its statistic is the effect too.

    NaN is left out and not counted. Ties make the test cautious, never eager.
    """
    left, right = _present(reference), _present(current)
    for name, values in (("reference", left), ("current window", right)):
        if len(values) < MIN_VALUES:
            return Unscored(f"the {name} has {len(values)} values, fewer than {MIN_VALUES}")
    distance, p_value = _exact(left, right) if max(len(left), len(right)) <= _MOST_EXACT else _asymptotic(left, right)
    return Comparison(
        test="ks",
        n_reference=len(left),
        n_current=len(right),
        statistic=distance,
        p_value=p_value,
        effect=distance,
    )


def compare_tails(reference: Numbers, current: Numbers) -> Comparison | Unscored:
    """Return Anderson and Darling's test, which also sees a scatter that changed; NaN is left out and not counted."""
    sides = [np.sort(_present(values)) for values in (reference, current)]
    values = np.unique(np.concatenate(sides))
    counts = [np.diff(np.searchsorted(side, values, side="right"), prepend=0) for side in sides]
    return anderson_darling(*counts)


def _exact(left: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float]:
    with warnings.catch_warnings():
        # scipy warns when the exact p-value cannot be computed and takes the asymptotic one, which is what is wanted then.
        warnings.simplefilter("ignore", RuntimeWarning)
        found = scipy.stats.ks_2samp(left, right)
    return float(found.statistic), float(found.pvalue)


def _asymptotic(left: NDArray[np.float64], right: NDArray[np.float64]) -> tuple[float, float]:
    # Both sorted: unsorted values take four times as long to look up.
    sides = [np.sort(left), np.sort(right)]
    values = np.concatenate(sides)
    shares = [np.searchsorted(side, values, side="right") / len(side) for side in sides]
    distance = float(np.abs(shares[0] - shares[1]).max())
    return distance, ks_p_value(distance, n_reference=len(left), n_current=len(right))


def _present(values: Numbers) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    return array[~np.isnan(array)]
