"""What could not be delivered: counted by reason, and told now and then.

Knows neither where the items were going nor how they are told of.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Reason = Literal["queue_full", "refused", "gave_up", "rejected", "spool_full", "spool_expired", "spool_damaged"]
_ANSWERED: Final = frozenset({"refused", "gave_up", "rejected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Items of one signal (spans, scores) that were not delivered, and why; ``problem`` is what stood in the way, if known."""

    signal: str
    reason: Reason
    items: int
    problem: str = ""


class Losses:
    """The losses of one signal; ``tell`` is called with new ones, at most once in ``every_s``. Safe to re-enter."""

    def __init__(self, signal: str, tell: Callable[[Loss], None], *, every_s: float) -> None:
        self._signal = signal
        self._tell = tell
        self._every_s = every_s
        self._lock = threading.RLock()
        self._lost: Counter[Reason] = Counter()
        self._told: Counter[Reason] = Counter()
        self._tell_next_s = 0.0

    def add(self, items: int, reason: Reason) -> None:
        """Counts; tells nobody yet."""
        if items:
            with self._lock:
                self._lost[reason] += items

    @property
    def total(self) -> int:
        """Items lost so far."""
        return self._lost.total()

    @property
    def by_reason(self) -> dict[Reason, int]:
        """Items lost so far, by reason."""
        return dict(self._lost)

    def tell(self, problem: str = "", *, at_once: bool = False) -> None:
        """Tells of what is new, if the last time is long enough ago or ``at_once`` is asked for.

        ``problem`` is what stood in the way last; that of an overfull queue is nobody's answer.
        """
        now_s = time.monotonic()
        if self._lost == self._told or (now_s < self._tell_next_s and not at_once):
            return
        self._tell_next_s = now_s + self._every_s
        with self._lock:
            new, self._told = self._lost - self._told, Counter(self._lost)
        for reason, items in new.items():
            said = problem if reason in _ANSWERED else ""
            self._tell(Loss(signal=self._signal, reason=reason, items=items, problem=said))
