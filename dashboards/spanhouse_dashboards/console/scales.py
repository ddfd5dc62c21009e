"""Axes of durations: ticks that people count time in, and when a logarithmic one tells more. Must not know panels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from statistics import median

# What a tick says, by the unit of the axis, in Vega's expressions.
DURATION_WORDS: Mapping[str, str] = {
    "ms": (
        "datum.value >= 60000 ? format(datum.value / 60000, '~r') + ' min' : "
        "datum.value >= 1000 ? format(datum.value / 1000, '~r') + ' s' : format(datum.value, '~r') + ' ms'"
    ),
    "s": (
        "datum.value >= 172800 ? format(datum.value / 86400, '.3~r') + ' d' : "
        "datum.value >= 7200 ? format(datum.value / 3600, '.3~r') + ' h' : "
        "datum.value >= 120 ? format(datum.value / 60, '.3~r') + ' min' : format(datum.value, '~r') + ' s'"
    ),
}
_TICKS, _MOST_TICKS = 5, 8
_PER_S: Mapping[str, float] = {"ms": 1000, "s": 1}
# Up to half a minute decimal ones, from a microsecond on; beyond, time is not counted in tens.
_STEPS_S = (
    *(float(f"{digit}e{power}") for power in range(-6, 1) for digit in (1, 2, 5)), 10, 20, 30,
    60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000,
)  # fmt: skip
# The largest of the values is so many times the middle one where an axis from zero would show little else.
_FAR = 5


def duration_ticks(largest: float, *, unit: str) -> list[float]:
    """Ticks from 0 up to a largest value above 0, in the unit (`ms` or `s`): at most six, at whole steps."""
    place = bisect_left(_STEPS_S, largest / _PER_S[unit] / _TICKS)
    step = _STEPS_S[min(place, len(_STEPS_S) - 1)] * _PER_S[unit]
    return [round(number * step, 9) for number in range(int(largest / step) + 1)]


def log_scale(values: Sequence[float], *, unit: str) -> tuple[list[float], list[float]]:
    """The ends of a logarithmic axis for values above 0 in the unit, a little beyond them, and the ticks between."""
    low, high = min(values) * 0.9, max(values) * 1.1
    steps = [step * _PER_S[unit] for step in _STEPS_S]
    ticks = [step for step in steps if low <= step <= high]
    return [low, high], ticks[:: -(-len(ticks) // _MOST_TICKS) or 1]


def is_far_flung(values: Sequence[float]) -> bool:
    """Whether all values are above 0 and the largest is many times the middle one."""
    return bool(values) and min(values) > 0 and max(values) > _FAR * median(values)
