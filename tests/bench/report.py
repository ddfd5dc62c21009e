"""What a bench found: a table on stdout, and one JSON object a line in the file named by OUT."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure; its name carries the unit. `most` and `least` are its bars: what it may be, and what it must be."""

    name: str
    value: float
    most: float | None = None
    least: float | None = None

    @property
    def has_bar(self) -> bool:
        return self.most is not None or self.least is not None

    @property
    def beyond(self) -> float:
        """How far it lies beyond its bar, as a ratio; up to 1 it keeps it."""
        over = 0.0 if self.most is None else self.value / (self.most or 1)
        return over if self.least is None else max(over, self.least / max(self.value, 1e-9))

    def __str__(self) -> str:
        bars = [f"{word} {bar:,.10g}" for word, bar in (("at most", self.most), ("at least", self.least)) if bar is not None]
        return f"{self.name:<60} {self.value:>14,.3f}" + (f"  (bar: {', '.join(bars)})" if bars else "")


class Report:
    """Figures of one bench, printed as they come, each beside its bar if it has one."""

    def __init__(self, bench: str) -> None:
        self._bench = bench
        self._figures: list[Figure] = []

    def add(self, name: str, value: float, *, most: float | None = None, least: float | None = None) -> None:
        """Takes a figure and prints it."""
        self._figures.append(Figure(name=name, value=value, most=most, least=least))
        print(self._figures[-1], flush=True)

    def write(self) -> None:
        """Says which figures lie beyond their bars, and appends all to the file named by OUT, if there is one."""
        held = [figure for figure in self._figures if figure.has_bar]
        beyond = [figure for figure in held if figure.beyond > 1]
        if held:
            kept = f"\n{len(held) - len(beyond)} of {len(held)} figures with a bar keep it"
            print(kept + ("; beyond theirs are:" if beyond else "."))
        for figure in sorted(beyond, key=lambda one: one.beyond, reverse=True):
            print(figure)
        path = os.environ.get("OUT", "")
        if path:
            rows = [{"bench": self._bench, **asdict(figure)} for figure in self._figures]
            with Path(path).open("a", encoding="utf-8") as file:
                file.write("\n".join(json.dumps(row) for row in rows) + "\n")
