"""How far a judge can be trusted, measured against human labels, and rates corrected for what it gets wrong.

A judge that passes 90 % of the answers has not shown that 90 % are good. Must not know which judge or whose labels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import scipy

from spanhouse_evaluators.contract import Unscored

LEVEL = 0.95
"""Share of intervals that hold the true value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate and the ends of its interval at LEVEL."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Judge against human, counted: `true_good` were good and passed, `false_good` were bad and passed."""

    true_good: int
    false_good: int
    true_bad: int
    false_bad: int

    @property
    def n(self) -> int:
        """All labelled items."""
        return self.true_good + self.false_good + self.true_bad + self.false_bad

    def sensitivity(self) -> Interval | Unscored:
        """Return the share of good items that pass."""
        return share(self.true_good, self.true_good + self.false_bad)

    def specificity(self) -> Interval | Unscored:
        """Return the share of bad items that do not pass."""
        return share(self.true_bad, self.true_bad + self.false_good)


def confusion(judged: Sequence[bool], labelled: Sequence[bool]) -> Confusion:
    """Count a judge's verdicts against labels of the same items. Raises ValueError when their numbers differ."""
    pairs = list(zip(judged, labelled, strict=True))
    return Confusion(
        true_good=pairs.count((True, True)),
        false_good=pairs.count((True, False)),
        true_bad=pairs.count((False, False)),
        false_bad=pairs.count((False, True)),
    )


def share(hits: int, n: int) -> Interval | Unscored:
    """Return a share with Wilson's interval, which stays within 0 to 1 and has one also for none and for all."""
    if n == 0:
        return Unscored("no items")
    ends = scipy.stats.binomtest(hits, n).proportion_ci(LEVEL, method="wilson")
    return Interval(value=hits / n, low=float(ends.low), high=float(ends.high))


def kappa(table: Confusion) -> Interval | Unscored:
    """Return Cohen's kappa: agreement beyond chance, 0 for none and 1 for full.

    The interval is the asymptotic one of Cohen (1960), cut at 1. Unscored when either side gave one verdict only: there is
    nothing that chance could have got wrong.
    """
    n = table.n
    passed, good = table.true_good + table.false_good, table.true_good + table.false_bad
    if not n or passed in {0, n} or good in {0, n}:
        return Unscored("judge or human gave the same verdict on every item")
    agreed = (table.true_good + table.true_bad) / n
    by_chance = (passed * good + (n - passed) * (n - good)) / n**2
    value = (agreed - by_chance) / (1 - by_chance)
    reach = _z() * math.sqrt(agreed * (1 - agreed) / n) / (1 - by_chance)
    return Interval(value=value, low=value - reach, high=min(1.0, value + reach))


def corrected_rate(passed: int, n: int, *, table: Confusion) -> Interval | Unscored:
    """Return the rate of good items among `n` of which the judge passed `passed`, given how it did on labelled ones.

    Rogan and Gladen's estimate (1978), cut to 0 to 1, with the interval of Lang and Reiczigel (2014), which counts in that
    the judge's own rates are estimates. Unscored when the judge is no better than chance, and without labels of both kinds.
    """
    sensitivity, specificity = table.sensitivity(), table.specificity()
    if isinstance(sensitivity, Unscored) or isinstance(specificity, Unscored):
        return Unscored("labels of good and of bad items are needed")
    if n == 0:
        return Unscored("no items")
    if sensitivity.low + specificity.low <= 1.0:
        return Unscored("the judge cannot be told from chance with so few labels")
    value = (passed / n + specificity.value - 1) / (sensitivity.value + specificity.value - 1)
    low, high = _lang_reiczigel(passed, n, table=table)
    return Interval(value=_cut(value), low=_cut(low), high=_cut(high))


def _lang_reiczigel(passed: int, n: int, *, table: Confusion) -> tuple[float, float]:
    """Return the ends of the interval: their section 2, with one pseudo-count added to each side of the labelled items."""
    z = _z()
    n_good, n_bad, n_all = table.true_good + table.false_bad + 2, table.true_bad + table.false_good + 2, n + z**2
    sensitivity, specificity, rate = (table.true_good + 1) / n_good, (table.true_bad + 1) / n_bad, (passed + z**2 / 2) / n_all
    gain = sensitivity + specificity - 1
    centre = (rate + specificity - 1) / gain
    from_good = sensitivity * (1 - sensitivity) / n_good
    from_bad = specificity * (1 - specificity) / n_bad
    shift = 2 * z**2 * (centre * from_good - (1 - centre) * from_bad)
    spread = math.sqrt(rate * (1 - rate) / n_all + (1 - centre) ** 2 * from_bad + centre**2 * from_good) / gain
    return centre + shift - z * spread, centre + shift + z * spread


def _cut(rate: float) -> float:
    return min(1.0, max(0.0, rate))


def _z() -> float:
    return float(scipy.stats.norm.ppf((1 + LEVEL) / 2))
