"""Two sets of scores of the same items: whether they became worse, and how sure that is.

Pairs, because items differ from each other far more than two versions of an application do. Must not know where they come from.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from spanhouse_evaluators.calibration import LEVEL, Interval
from spanhouse_evaluators.contract import Unscored

Verdict = Literal["worse", "not worse", "unclear"]

MIN_PAIRS = 10
"""Fewer say nothing with an interval that can be relied upon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """What a comparison found. `difference` is current less baseline, turned so that more is better, with its interval at LEVEL.

    `worse`: the interval lies below zero, and the loss is `min_effect` or more. `not worse`: a loss of `min_effect` is ruled out.
    """

    n: int
    baseline: float
    current: float
    difference: Interval
    verdict: Verdict


def compare_pairs(
    baseline: Sequence[float], current: Sequence[float], *, min_effect: float, higher_is_better: bool = True
) -> PairedComparison | Unscored:
    """Compare scores of the same items in the same order; booleans count as 0 and 1.

    `min_effect`, above 0 and in the scores' unit, is the smallest loss worth an alarm. Unscored with too few pairs. Raises
    ValueError when there is not one score for each item on either side, or for a `min_effect` that is not above 0.
    """
    if not min_effect > 0.0:
        raise ValueError(f"The minimum effect is {min_effect!r}; give a number above 0.")
    pairs = np.array(list(zip(baseline, current, strict=True)), dtype=np.float64).reshape(-1, 2)
    if len(pairs) < MIN_PAIRS:
        return Unscored(f"{len(pairs)} pairs, fewer than {MIN_PAIRS}")
    gains = (pairs[:, 1] - pairs[:, 0]) * (1.0 if higher_is_better else -1.0)
    difference = _of_shares(gains) if np.isin(pairs, (0.0, 1.0)).all() else _of_means(gains)
    return PairedComparison(
        n=len(pairs),
        baseline=float(pairs[:, 0].mean()),
        current=float(pairs[:, 1].mean()),
        difference=difference,
        verdict=_verdict(difference, min_effect),
    )


def compare_scores(
    baseline: Mapping[str, float], current: Mapping[str, float], *, min_effect: float, higher_is_better: bool = True
) -> PairedComparison | Unscored:
    """Compare scores by item; an item that one side lacks is left out."""
    shared = [item for item in baseline if item in current]
    sides = [[side[item] for item in shared] for side in (baseline, current)]
    return compare_pairs(sides[0], sides[1], min_effect=min_effect, higher_is_better=higher_is_better)


def _verdict(difference: Interval, min_effect: float) -> Verdict:
    if difference.high < 0.0 and difference.value <= -min_effect:
        return "worse"
    return "not worse" if difference.low > -min_effect else "unclear"


def _of_means(gains: NDArray[np.float64]) -> Interval:
    """Return the mean gain with Student's interval."""
    value, n = float(gains.mean()), len(gains)
    reach = float(scipy.stats.t.ppf((1 + LEVEL) / 2, n - 1)) * float(gains.std(ddof=1)) / math.sqrt(n)
    return Interval(value=value, low=value - reach, high=value + reach)


def _of_shares(gains: NDArray[np.float64]) -> Interval:
    """Return the difference of two paired shares with the interval of Agresti and Min (2005): half a pair added to each cell.

    It has an extent also where no pair changed.
    """
    won, lost, n = float((gains > 0).sum()) + 0.5, float((gains < 0).sum()) + 0.5, len(gains) + 2
    centre = (won - lost) / n
    reach = float(scipy.stats.norm.ppf((1 + LEVEL) / 2)) * math.sqrt(won + lost - (won - lost) ** 2 / n) / n
    return Interval(value=float(gains.mean()), low=max(-1.0, centre - reach), high=min(1.0, centre + reach))
