"""Finds when a stream of bounded values fell below its objective, or a stream of any values changed, with a stated run length.

Both are Shiryaev-Roberts e-detectors of Shin, Ramdas and Rinaldo (2022), arXiv 2203.03532: for every moment at which the change
may have begun, bettors against "no change" start with one unit; their wealth adds up, and where there is no change it grows by no
more than one a value. Must not know what the values are or where alarms go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

FALLS = np.geomspace(0.03, 2.0, 14)
"""Falls below the objective that are bet on, in standard deviations: small ones catch slow decay, large ones a collapse."""

MIN_MARGIN = 0.001
"""An objective nearer to 1 is taken as this far from it: one failure must not decide by itself, nor a perfect record alarm."""

MAX_STAKE = 0.99
"""The most that a bettor stakes, as a share of what a perfect value costs it: none is ever ruined."""

WIDEST_COUNTS = 30
"""Values that the widest scatter at the objective, that of yes and no, counts for beside the scatter that was seen."""

SHIFTS = (0.12, 0.25, 0.5, 1.0, 2.0)
"""Shifts that are bet on where the level is not stated, in standard deviations. The closer they are, the less each bettor has."""

CUTS = tuple((np.sin(np.pi * np.arange(1, 18) / 36) ** 2).tolist())
"""Shares of the values near which the other bettors cut: yes and no, and other values that are rarely new, shift at a cut.

Evenly in the scale on which all shares scatter alike (the arcsine of the root), from 0.8 to 99.2 %: a cut far from where the
values' own is sees less of a shift.
"""

LOOK_AGAIN = 1.02
"""How many times as long the series is when the cuts follow it the next time: looking takes as long as twenty values."""

BASELINE = 50
"""Values after an alarm, or the beginning, that are ranked and not bet on: a level that nobody stated must first be seen."""

MAX_CORRELATION = 0.999
"""Of neighbours: a series that hardly moves is not worth nothing."""

SEED = 20_261_130
"""Fixed: the same series always has the same alarms."""

Numbers = Sequence[float] | NDArray[np.float64]
_Factors = NDArray[np.float64]


def detect(values: Numbers, *, objective: float, average_run_length: float) -> list[int]:
    """Return the index of each alarm that the mean has fallen below `objective`.

    Values lie in 0 to 1. While their conditional mean is at least `objective`, it takes
    `average_run_length` values or more on average until an alarm, whatever their distribution and
    however they depend on each other. After an alarm it starts afresh. NaN is passed over.

    Stakes are scaled by how much the values before have scattered about the objective, which keeps that
    promise: what is staked on a value is settled before it is seen.

    Raises `ValueError` for arguments out of range.
    """
    if not 0.0 < objective <= 1.0:
        raise ValueError(f"The objective is {objective!r}; give a share above 0, and 1 at most.")
    series = np.asarray(values, dtype=np.float64)
    for index in np.flatnonzero((series < 0.0) | (series > 1.0)):
        raise ValueError(f"Value {float(series[index])!r} at index {index} is not between 0 and 1; scale the series first.")
    found = _Wealth(len(FALLS), average_run_length)
    bets = _FallBets(objective)
    return [index for index, value in _present(series) if found.exceeds(bets.factors(value), weights=_FALL_WEIGHTS)]


def detect_changes(values: Numbers, *, average_run_length: float) -> list[int]:
    """Return the index of each alarm that the distribution has changed from what it was, which nobody stated.

    Any numbers. While they are independent and of one distribution, whatever it is, it takes `average_run_length` values or more
    on average until an alarm. After an alarm it starts afresh. NaN is passed over.

    Bets are on each value's rank among those since the last alarm, ties broken at random: without a change these are
    independent and uniform, so that neither a scale nor a tail matters (Vovk, Gammerman and Shafer 2022, "Algorithmic Learning
    in a Random World", chapter 8). Values that follow each other count for as many as are worth as much when independent, by how
    far they did so up to then. Raises `ValueError` for arguments out of range.
    """
    found = _Wealth(len(_TILTS) + len(CUTS) * len(_CUT_SHIFTS), average_run_length)
    present = list(_present(np.asarray(values, dtype=np.float64)))
    ranks, following = _SequentialRanks([value for _, value in present]), _Following()
    bets, alarms = _ChangeBets(), []
    for place, (index, _) in enumerate(present):
        # What is bet, and at which cuts, is settled before the value is seen: so the run length holds.
        bets.follow(ranks)
        rank = ranks.take(place)
        score = float(ndtri(rank))
        worth = following.worth()
        following.take(score)
        if ranks.n > BASELINE and found.exceeds(bets.factors(rank, score) ** worth, weights=bets.weights):
            alarms.append(index)
            ranks.forget()
            bets, following = _ChangeBets(), _Following()
    return alarms


class _Wealth:
    """What all bettors hold, over all beginnings of a change; `limit` is the average run length."""

    def __init__(self, bettors: int, limit: float) -> None:
        if not 1.0 <= limit < math.inf:
            raise ValueError(f"The run length is {limit!r}; give a number of values, 1 or more.")
        self._limit = limit
        self._held = np.zeros(bettors)

    def exceeds(self, factors: _Factors, *, weights: _Factors) -> bool:
        """Hand out one unit by `weights`, multiply each bettor's wealth, and return whether the limit is reached.

        If so all start afresh.
        """
        self._held = (self._held + weights) * factors
        is_alarm = bool(self._held.sum() >= self._limit)
        if is_alarm:
            self._held = np.zeros(len(self._held))
        return is_alarm


class _FallBets:
    """Bets on a mean below the objective, each on a fall of so many standard deviations of the values so far."""

    def __init__(self, objective: float) -> None:
        self._objective = min(objective, 1.0 - MIN_MARGIN)
        margin = 1.0 - self._objective
        self._most, self._widest = MAX_STAKE / margin, self._objective * margin
        self._squares, self._n = WIDEST_COUNTS * self._widest, WIDEST_COUNTS

    def factors(self, value: float) -> _Factors:
        """Return what each bettor's wealth is multiplied by; on average 1 at most where the mean is the objective or more."""
        shortfall = self._objective - value
        spread = math.sqrt(min(self._squares / self._n, self._widest))
        self._squares += shortfall * shortfall
        self._n += 1
        return 1.0 + np.minimum(FALLS / spread, self._most) * shortfall


class _ChangeBets:
    """Bets on ranks that are no longer uniform: on their normal scores, which shift, and on shares, which shift at a cut.

    `weights` are what each bettor gets of a unit. They and the cuts may follow the values so far, never the one that is bet on.
    """

    def __init__(self) -> None:
        self._look_at: float = BASELINE
        self._bet(np.array(CUTS), ties=0.0)

    def follow(self, ranks: _SequentialRanks) -> None:
        """Cut between values: the ranks of equal ones are drawn at random, and a cut through them sees less of a shift.

        The more values are alike, the less is bet on scores: of yes and no a cut says it all.
        """
        if ranks.n >= self._look_at:
            self._look_at = LOOK_AGAIN * ranks.n
            self._bet(np.array([ranks.boundary(cut) for cut in CUTS]), ties=ranks.ties())

    def factors(self, rank: float, score: float) -> _Factors:
        """Return what each bettor's wealth is multiplied by; on average 1 over a uniform rank and its normal score."""
        shifted = np.exp(_TILTS * score - _TILTS * _TILTS / 2)
        return np.concatenate([shifted, np.where(rank < self._cuts, self._below, self._from)])

    def _bet(self, cuts: _Factors, *, ties: float) -> None:
        self._cuts = np.repeat(cuts, len(_CUT_SHIFTS))
        shifted = self._cuts + np.tile(_CUT_SHIFTS, len(cuts)) * np.sqrt(self._cuts * (1 - self._cuts))
        can_be = (shifted > 0) & (shifted < 1)
        # Who bets on what cannot be gets nothing, and keeps what he holds.
        self._below = np.where(can_be, shifted / self._cuts, 1.0)
        self._from = np.where(can_be, (1 - shifted) / (1 - self._cuts), 1.0)
        on_scores = max(0.0, 0.5 - ties)
        self.weights = np.concatenate([np.full(len(_TILTS), on_scores / len(_TILTS)), can_be * (1 - on_scores) / can_be.sum()])


class _SequentialRanks:
    """Each value's rank among those before it, as a share; counted in a binary indexed tree (Fenwick 1994)."""

    def __init__(self, values: Sequence[float]) -> None:
        distinct, places = np.unique(np.asarray(values), return_inverse=True)
        self._places = (places + 1).tolist()
        self._luck = np.random.default_rng(SEED).random(len(values)).tolist()
        self._size = len(distinct)
        self.forget()

    def forget(self) -> None:
        """Start afresh with the next value."""
        self._tree = [0] * (self._size + 1)
        self.n = self._ties = 0

    def take(self, index: int) -> float:
        """Add the value at `index` and return its rank, above 0 and below 1."""
        place = self._places[index]
        below, with_equal = self._up_to(place - 1), self._up_to(place)
        self.n += 1
        self._ties += with_equal - below
        node = place
        while node <= self._size:
            self._tree[node] += 1
            node += node & -node
        # Neither end is ever met exactly, where a bettor's factor would be infinite or 0.
        return float((below + min(max(self._luck[index], 1e-9), 1 - 1e-9) * (with_equal - below + 1)) / self.n)

    def ties(self) -> float:
        """Return the share of the pairs of values so far that are equal; of yes and no it is about half or more."""
        return 2 * self._ties / (self.n * (self.n - 1))

    def boundary(self, share: float) -> float:
        """Return the share, nearest to that given, of the values so far that is all of what is smaller than some value.

        Where all are equal there is none, and it gives back what was given.
        """
        wanted = share * self.n
        place = below = 0
        step = 1 << (self._size.bit_length() - 1)
        while step:
            if place + step <= self._size and below + self._tree[place + step] <= wanted:
                place += step
                below += self._tree[place]
            step >>= 1
        inside = [count for count in (below, self._up_to(min(place + 1, self._size))) if 0 < count < self.n]
        # The next value stands on one side of the boundary or the other.
        return (min(inside, key=lambda count: abs(count - wanted)) + 0.5) / (self.n + 1) if inside else share

    def _up_to(self, place: int) -> int:
        total = 0
        while place > 0:
            total += self._tree[place]
            place -= place & -place
        return total


class _Following:
    """How far the scores of neighbours are alike, by von Neumann's ratio: a level that shifts does not make them so."""

    def __init__(self) -> None:
        self._last = math.nan
        self._squares, self._n = 0.0, 0

    def worth(self) -> float:
        """Return how many independent values one is worth to a mean, 1 at most: (1 - r) / (1 + r) at a correlation of r."""
        if not self._n:
            return 1.0
        # Of independent normal scores the squared differences are 2 on average.
        correlation = min(max(1.0 - self._squares / (2 * self._n), 0.0), MAX_CORRELATION)
        return (1.0 - correlation) / (1.0 + correlation)

    def take(self, score: float) -> None:
        """Add the next score."""
        if not math.isnan(self._last):
            self._squares += (score - self._last) ** 2
            self._n += 1
        self._last = score


# Small falls take the longest to be found, and large ones find themselves.
_FALL_WEIGHTS = FALLS**-0.5 / np.sum(FALLS**-0.5)
_TILTS = np.array([sign * shift for shift, sign in product(SHIFTS, (-1, 1))])
_CUT_SHIFTS = _TILTS[:-2]


def _present(series: NDArray[np.float64]) -> Iterable[tuple[int, float]]:
    """Return index and value of what is not missing: a missing value says nothing."""
    places = np.flatnonzero(~np.isnan(series))
    return zip(places.tolist(), series[places].tolist(), strict=True)
