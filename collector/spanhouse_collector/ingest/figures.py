"""Counts of what ingest did, for /metrics and the console. Plain numbers under one lock; knows nobody."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One counter: its name, its labels in a fixed order, and its value since the process started."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: int


class Figures:
    """Counters by name and labels. Safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def add(self, name: str, value: int = 1, **labels: str) -> None:
        """Adds to a counter; a name always goes with the same label names."""
        with self._lock:
            self._counts[name, tuple(sorted(labels.items()))] += value

    def counts(self) -> list[Count]:
        """All counters that were ever added to, by name and labels."""
        with self._lock:
            return [Count(name=name, labels=labels, value=value) for (name, labels), value in sorted(self._counts.items())]
