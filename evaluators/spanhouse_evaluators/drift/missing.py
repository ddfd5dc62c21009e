"""How often a value is missing: a measurement that stops arriving is a change which the values that are left do not show."""

from collections.abc import Sequence

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.bins import FrozenBins
from spanhouse_evaluators.drift.categories import compare_shares
from spanhouse_evaluators.drift.comparison import Comparison

SUFFIX = "_missing"


def presence(*, present: int, missing: int) -> FrozenBins:
    """Return the bins of an indicator that is 0 where a value is present and 1 where it is missing."""
    return FrozenBins(edges=(0.5,), counts=(present, missing))


def compare_missing(reference: Sequence[int], current: Sequence[int]) -> Comparison | Unscored:
    """Return the chi-square test of the share that is missing, given how many are present and missing of either side.

    The effect is the difference of the shares.
    """
    tested = compare_shares(reference, current)
    return (
        Unscored("always or never missing on both sides")
        if isinstance(tested, Unscored) and any(reference) and any(current)
        else tested
    )
