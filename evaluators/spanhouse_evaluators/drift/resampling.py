"""The chance of a statistic under draws that stand for no drift.

Must not know what is drawn.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 9_999
BATCH = 100
ENOUGH = 20
"""Draws at least as extreme after which p is large for sure, and drawing ends (Besag and Clifford 1991)."""

SEED = 20_261_123
"""Fixed: the same windows always get the same verdict."""


def resampled_p_value(observed: float, draw: Callable[[int], NDArray[np.float64]]) -> float:
    """Return the chance of a statistic of at least `observed`; `draw` returns the statistics of so many draws.

    At least 1 / (`RESAMPLES` + 1).
    """
    # The rounding of equal values must not tell them apart.
    limit = observed - 1e-12 * max(1.0, abs(observed))
    extreme = drawn = 0
    while drawn < RESAMPLES:
        size = min(BATCH, RESAMPLES - drawn)
        met = extreme + (draw(size) >= limit).cumsum()
        if met[-1] >= ENOUGH:
            return ENOUGH / (drawn + int(np.searchsorted(met, ENOUGH)) + 1)
        extreme, drawn = int(met[-1]), drawn + size
    return (extreme + 1) / (drawn + 1)
