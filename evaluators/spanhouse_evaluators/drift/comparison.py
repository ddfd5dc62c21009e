"""What a two-sample test found, and when that is called drift.

A difference counts when it is both significant and large enough to matter: at ten million spans
everything is significant, and at thirty everything looks large.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

# Its modules are loaded where they are first named in a function, here and elsewhere: most of a job's 100 MB, which a collector
# that compares nothing need not hold.
import scipy

Test = Literal["ks", "anderson_darling", "psi", "chi_square", "classifier", "mmd", "missing"]

ALPHA = 0.01
"""Chance of a false alarm for one comparison."""

SHARES: Mapping[Test, float] = {"anderson_darling": 0.8, "ks": 0.2, "psi": 0.25}
"""How tests of the same numbers share a level, others evenly: Anderson and Darling's finds nearly all that the others do, and
most of what they miss, such as a scatter that grew by a third."""

MIN_EFFECT = 0.03
"""Least effect worth an alarm, on the 0 to 1 scale of the tests' effects.

For numbers it is the share of the distribution that moved past some point: 0.03 is reached by
latencies growing by about 8 % when their logarithms have a standard deviation of 1.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One test of one pair of samples. `effect` is 0 for equal and 1 for disjoint samples."""

    test: Test
    n_reference: int
    n_current: int
    statistic: float
    p_value: float
    effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How far values moved on average, and the least distance worth an alarm, both in the values' own unit."""

    distance: float
    least: float


def is_drift(effect: float, p_value: float, *, alpha: float = ALPHA, least: float = MIN_EFFECT) -> bool:
    """Return whether a difference is significant at `alpha` and large enough."""
    return p_value <= alpha and effect >= least


def shared_p_values(comparisons: Sequence[Comparison]) -> list[float]:
    """Return the p-values of tests of one thing, each for its share of the level (Bonferroni, weighted)."""
    shares = [SHARES.get(one.test, 1.0) for one in comparisons]
    return [min(1.0, one.p_value * sum(shares) / share) for one, share in zip(comparisons, shares, strict=True)]


def false_discovery_adjusted(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for testing many series at once, in their order.

    Benjamini and Yekutieli (2001), which allows any dependence: the columns of one window move
    together.
    """
    if not p_values:
        return []
    return [float(p) for p in scipy.stats.false_discovery_control(p_values, method="by")]
