"""Says how far neighbouring values of a series are alike: the detector of any change promises its run length where they are not.

Must not change what the detector finds.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

ALIKE = 0.9
"""The lag-1 correlation from which alarms come clearly more often than stated, as docs/evaluators.md tells from a simulation."""


def correlation_of_neighbours(values: NDArray[np.float64], *, alarms: Sequence[int]) -> float:
    """Return the lag-1 correlation of the ranks, from -1 to 1; 0 for values that are all equal, or fewer than three.

    It is that within the stretches between `alarms` (indices into `values`), each ranked by itself: a level that shifted makes
    values on either side alike, and is what was looked for. NaN is passed over.
    """
    products = squares = 0.0
    lengths = list[int]()
    for stretch in np.split(values, [index + 1 for index in alarms]):
        present = stretch[~np.isnan(stretch)]
        if len(present) >= 3:
            ranks = (rankdata(present) - (len(present) + 1) / 2) / len(present)
            products += float(ranks[1:] @ ranks[:-1])
            squares += float(ranks @ ranks)
            lengths.append(len(present))
    if not squares:
        return 0.0
    seen = products / squares
    # A short stretch has its own mean taken from it, which hides what moves slowly: by so much (Marriott and Pope 1954).
    return min(seen + (1 + 4 * seen) * len(lengths) / sum(lengths), 1.0)


def warning_about_neighbours(values: NDArray[np.float64], *, alarms: Sequence[int]) -> str | None:
    """Return one sentence where neighbours are so much alike that the run length does not hold, else `None`."""
    correlation = correlation_of_neighbours(values, alarms=alarms)
    if correlation < ALIKE:
        return None
    return (
        f"Neighbouring values have a correlation of {correlation:.2f}, and from {ALIKE} on false alarms come more often than "
        "--arl says; give means over windows, so long that the means have less."
    )
