"""Finds when a stream of bounded values fell below its objective, with a stated false-alarm rate.

Must not know what the values are or where alarms go.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BETS = np.geomspace(0.02, 1.0, 12)
"""How hard each bettor bets on a fall: small ones catch slow decay, 1.0 a collapse."""


def detect(values: Sequence[float] | NDArray[np.float64], *, objective: float, average_run_length: float) -> list[int]:
    """Return the index of each alarm that the mean has fallen below `objective`.

    Values lie in 0 to 1. While their conditional mean is at least `objective`, it takes
    `average_run_length` values or more on average until an alarm, whatever their distribution and
    however they depend on each other. After an alarm it starts afresh. NaN is passed over.

    The Shiryaev-Roberts e-detector of Shin, Ramdas and Rinaldo (2022), arXiv 2203.03532, averaged
    over a grid of bets. Raises `ValueError` for arguments out of range.
    """
    if not 0.0 < objective < 1.0:
        raise ValueError(f"The objective is {objective!r}; give a share between 0 and 1.")
    if not average_run_length >= 1.0:
        raise ValueError(f"The run length is {average_run_length!r}; give 1 value or more.")
    series = np.asarray(values, dtype=np.float64)
    for index in np.flatnonzero((series < 0.0) | (series > 1.0)):
        raise ValueError(f"Value {float(series[index])!r} at index {index} is not between 0 and 1; scale the series first.")
    return _alarms((objective - series) / max(objective, 1.0 - objective), average_run_length)


def _alarms(shortfalls: NDArray[np.float64], limit: float) -> list[int]:
    alarms = []
    wealth = np.zeros(len(BETS))
    for index, shortfall in enumerate(shortfalls.tolist()):
        if math.isnan(shortfall):  # a missing value says nothing about the mean
            continue
        wealth = (wealth + 1.0) * (1.0 + BETS * shortfall)
        if wealth.mean() >= limit:
            alarms.append(index)
            wealth = np.zeros(len(BETS))
    return alarms
