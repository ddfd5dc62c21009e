"""Says in plain words what changed between two sides: a window and the one before it, or a release and the one it follows.

Must not know the store or HTML. Only differences that chance does not explain are named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Literal

from spanhouse_dashboards.console import formats

# A score's direction is not known here: a lower refusal rate is good, a lower groundedness is not.
Verdict = Literal["better", "worse", "moved", "neutral"]

# Fewer calls than this on either side tell nothing about percentiles or rates.
_MIN_CALLS = 20
_MIN_SCORES = 8
# Relative changes below these are everyday noise.
_MIN_P95_CHANGE = 0.15
_MIN_COST_CHANGE = 0.15
_MIN_CALLS_CHANGE = 0.25
# Two standard errors: about one false naming in twenty per figure; three for the sentence, which looks at many figures.
_SIGMAS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFigure:
    """A score's mean, spread (standard deviation of the sample) and number of values."""

    mean: float
    spread: float
    scored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side saw. `length_s` is how long it lasted; None is a figure nobody could know."""

    length_s: float
    calls: int
    error_rate: float | None = None
    p95_ms: float | None = None
    cost_usd: float | None = None
    scores: Mapping[str, ScoreFigure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change worth naming: `what` changed, `how`, and from what to what."""

    what: str
    how: str
    before: str
    after: str
    verdict: Verdict
    weight: float


def compare(before: Side, after: Side) -> list[Change]:
    """The changes worth naming: what got worse first, then scores that moved, the larger first."""
    found = [_errors(before, after), _latency(before, after), _cost(before, after), _calls(before, after)]
    found += [
        _score(name, before.scores[name], after.scores[name]) for name in sorted(before.scores.keys() & after.scores.keys())
    ]
    changes = [change for change in found if change]
    order = {"worse": 0, "moved": 1, "better": 2, "neutral": 3}
    return sorted(changes, key=lambda change: (order[change.verdict], -change.weight))


def _errors(before: Side, after: Side) -> Change | None:
    if before.error_rate is None or after.error_rate is None or min(before.calls, after.calls) < _MIN_CALLS:
        return None
    # Two proportions, pooled (the usual z statistic).
    pooled = (before.error_rate * before.calls + after.error_rate * after.calls) / (before.calls + after.calls)
    error = sqrt(pooled * (1 - pooled) * (1 / before.calls + 1 / after.calls))
    difference = after.error_rate - before.error_rate
    if error == 0 or abs(difference) < _SIGMAS * error:
        return None
    return _change("the error rate", before.error_rate, after.error_rate, formats.percent, worse_if_up=True)


def _latency(before: Side, after: Side) -> Change | None:
    if not before.p95_ms or after.p95_ms is None or min(before.calls, after.calls) < _MIN_CALLS:
        return None
    if abs(after.p95_ms / before.p95_ms - 1) < _MIN_P95_CHANGE:
        return None
    return _change("p95 latency", before.p95_ms, after.p95_ms, _milliseconds, worse_if_up=True)


def _cost(before: Side, after: Side) -> Change | None:
    """Cost for each call, because what is spent in all follows the number of calls."""
    if not before.cost_usd or not after.cost_usd or min(before.calls, after.calls) < _MIN_CALLS:
        return None
    old, new = before.cost_usd / before.calls, after.cost_usd / after.calls
    if abs(new / old - 1) < _MIN_COST_CHANGE:
        return None
    return _change("cost per call", old, new, formats.usd, worse_if_up=True)


def _calls(before: Side, after: Side) -> Change | None:
    """Calls an hour; not worth a word between releases of different age unless the rate itself moved."""
    if not before.calls or not after.calls or max(before.calls, after.calls) < _MIN_CALLS:
        return None
    old, new = before.calls / before.length_s * 3600, after.calls / after.length_s * 3600
    # Counts scatter with their square root.
    noise = _SIGMAS * sqrt(1 / before.calls + 1 / after.calls)
    if abs(new / old - 1) < max(_MIN_CALLS_CHANGE, noise):
        return None
    change = _change("traffic", old, new, lambda value: f"{formats.count(value)} calls/h", worse_if_up=True)
    return replace(change, verdict="neutral")


def _score(name: str, before: ScoreFigure, after: ScoreFigure) -> Change | None:
    if min(before.scored, after.scored) < _MIN_SCORES:
        return None
    # Welch: each side's own spread.
    error = sqrt(before.spread**2 / before.scored + after.spread**2 / after.scored)
    if abs(after.mean - before.mean) <= max(_SIGMAS * error, 0.005):
        return None
    change = _change(f"mean {name}", before.mean, after.mean, formats.two_digits, worse_if_up=False)
    return replace(change, verdict="moved")


def _change(what: str, before: float, after: float, words: Callable[[float], str], *, worse_if_up: bool) -> Change:
    up = after > before
    ratio = after / before if before else float("inf")
    if up:
        how = f"rose {ratio:.2g}-fold" if 1.95 <= ratio < float("inf") else "rose"
    else:
        how = "fell by half" if 0.45 <= ratio <= 0.55 else "fell"
    verdict: Verdict = "worse" if up == worse_if_up else "better"
    weight = min(max(ratio, 1 / ratio) if ratio > 0 else 100.0, 100.0)
    return Change(what=what, how=how, before=words(before), after=words(after), verdict=verdict, weight=weight)


def _milliseconds(value_ms: float) -> str:
    return formats.duration(value_ms * 1_000_000)
