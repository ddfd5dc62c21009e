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
    """Return the rate of good items among `n` of which the judge passed `passed`, and of which those in `table` are labelled.

    Tenenbein's estimate (1970) for double sampling: the labels say how many good ones are among what passed and among what
    did not. They may be chosen by the verdict, but must be drawn by chance within each. The interval is Wilson's for as many
    plain labels as would be as precise. Unscored where all of a verdict are without labels.
    """
    labelled_passed, labelled_failed = table.true_good + table.false_good, table.true_bad + table.false_bad
    if n == 0:
        return Unscored("no items")
    if (passed and not labelled_passed) or (passed < n and not labelled_failed):
        return Unscored("labels of items that pass and of items that do not are needed")
    of_passed = _Part(share=passed / n, good=table.true_good, labelled=labelled_passed)
    of_failed = _Part(share=1 - passed / n, good=table.false_bad, labelled=labelled_failed)
    between = (of_passed.rate - of_failed.rate) ** 2 * of_passed.share * of_failed.share / n
    smooth = sum(part.share * part.smooth_rate for part in (of_passed, of_failed))
    labels = smooth * (1 - smooth) / (between + of_passed.variance() + of_failed.variance())
    return _wilson(sum(part.share * part.rate for part in (of_passed, of_failed)), labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The items of one verdict: their share of all, how many of them are labelled, and how many of these are good."""

    share: float
    good: int
    labelled: int

    @property
    def rate(self) -> float:
        """The share of good ones among the labelled."""
        return self.good / self.labelled if self.labelled else 0.0

    @property
    def smooth_rate(self) -> float:
        """The same with half an item more of each (Jeffreys), so that few labels without an error prove nothing."""
        return (self.good + 0.5) / (self.labelled + 1)

    def variance(self) -> float:
        """Return what the labels of this part leave open of the rate of all."""
        return self.share**2 * self.smooth_rate * (1 - self.smooth_rate) / max(1, self.labelled)


def _wilson(rate: float, n: float) -> Interval:
    """Return Wilson's interval of a rate known as well as `n` items tell it, which need be no whole number."""
    z = _z()
    centre = (rate + z**2 / 2 / n) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(rate * (1 - rate) / n + z**2 / 4 / n**2)
    return Interval(value=rate, low=max(0.0, centre - reach), high=min(1.0, centre + reach))


def _z() -> float:
    return float(scipy.stats.norm.ppf((1 + LEVEL) / 2))
