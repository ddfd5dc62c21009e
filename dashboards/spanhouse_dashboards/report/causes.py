"""Which part of the calls a change comes from: a service, a model, a release, or what these make together. Pure: knows no store.

A mean over all calls is the sum of its parts' means, each by its share of the calls. So what a part adds to a change is known:
its share now times how far it lies from the mean of the week before, less the same of the week before. A part that is new counts
as any other. Percentiles are no sums; the same rule tells the part that moved them most, not how much of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

# Of parts that explain nearly the same, the narrowest is told.
_NEARLY = 0.9
# What can be changed most easily is told first.
_NAMES = ("release", "model", "service")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How a row tells of each week how many calls or scores it has, and the figure whose change is to be explained."""

    count: str
    count_before: str
    value: Callable[[Row], float]
    value_before: Callable[[Row], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A part of the calls, and the share of the change that it adds (above 1 where others pull the other way)."""

    row: Row
    share: float


def whole(rows: Sequence[Row]) -> Row | None:
    """The row of all calls."""
    return next((row for row in rows if not named(row)), None)


def named(row: Row) -> list[str]:
    """What the row is a part by."""
    return [name for name in _NAMES if row[f"by_{name}"]]


def mean_cause(rows: Sequence[Row], measure: Measure) -> Cause | None:
    """The part from which a mean's change comes, None where no part stands out or one week was empty."""
    total = whole(rows)
    if total is None or not min(total[measure.count], total[measure.count_before]):
        return None
    mean_before = measure.value_before(total)

    def added(row: Row) -> float:
        now = row[measure.count] / total[measure.count] * (measure.value(row) - mean_before)
        return float(now - row[measure.count_before] / total[measure.count_before] * (measure.value_before(row) - mean_before))

    return _narrowest(rows, added, change=measure.value(total) - mean_before, measure=measure)


def count_cause(rows: Sequence[Row], measure: Measure) -> Cause | None:
    """The part from which the change of a number of calls comes."""
    total = whole(rows)
    if total is None:
        return None
    change = total[measure.count] - total[measure.count_before]
    return _narrowest(rows, lambda row: float(row[measure.count] - row[measure.count_before]), change=change, measure=measure)


def _narrowest(rows: Sequence[Row], added: Callable[[Row], float], *, change: float, measure: Measure) -> Cause | None:
    total = whole(rows)
    sizes = (measure.count, measure.count_before)
    # A part that holds every call explains nothing.
    parts = [row for row in rows if named(row) and total and any(row[size] < total[size] for size in sizes)]
    if not parts or not change:
        return None
    most = max(added(row) / change for row in parts)
    if most <= 0:
        return None
    near = [row for row in parts if added(row) / change >= _NEARLY * most]
    found = min(near, key=lambda row: (sum(row[size] for size in sizes), len(named(row)), [_NAMES.index(n) for n in named(row)]))
    return Cause(row=found, share=added(found) / change)
