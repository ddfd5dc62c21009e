"""How long requests are let to come together after a small batch, so that a trickle of them does not occupy a CPU.

A batch costs as much CPU as thousands of spans, whatever its size. Must not know what a batch is.
"""

from __future__ import annotations

import time
from collections.abc import Callable

#: Rest for each second spent: over time small batches take a third of one CPU at most.
REST = 2
#: Time that an idle while saves up, in seconds: the first requests after it are stored as they come.
SAVED_S = 5.0
#: Nothing waits longer than this for the next batch, in seconds.
LONGEST_S = 0.6


class Pauses:
    """Pauses after small batches, `least_s` to `LONGEST_S` seconds once what was saved up is spent, and none before."""

    def __init__(self, least_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._least_s = least_s
        self._clock = clock
        self._rested_at = clock() - SAVED_S

    def after(self, spent_s: float) -> float:
        """The pause that a batch of `spent_s` seconds, just over, asks for; in seconds."""
        now = self._clock()
        self._rested_at = max(self._rested_at, now - SAVED_S) + (1 + REST) * spent_s
        owed_s = self._rested_at - now
        return min(max(self._least_s, owed_s), LONGEST_S) if owed_s > 0 else 0.0
