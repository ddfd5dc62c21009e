"""What a bench found: a table on stdout, and one JSON object a line in the file named by OUT."""

from __future__ import annotations

import json
import os
from pathlib import Path


class Report:
    """Figures of one bench, printed as they come, each beside its bar if it has one."""

    def __init__(self, bench: str) -> None:
        self._bench = bench
        self._figures: list[tuple[str, float, float | None]] = []

    def add(self, name: str, value: float, *, most: float | None = None) -> None:
        """One figure; its name carries the unit. `most` is the bar: what it may be at most."""
        self._figures.append((name, value, most))
        print(_line(name, value, most), flush=True)

    def write(self) -> None:
        """Says which figures lie beyond their bars, and appends all to the file named by OUT, if there is one."""
        held = [figure for figure in self._figures if figure[2] is not None]
        beyond = [(name, value, most) for name, value, most in held if most is not None and value > most]
        if held:
            print(
                f"\n{len(held) - len(beyond)} of {len(held)} figures with a bar keep it"
                + ("; beyond theirs are:" if beyond else ".")
            )
        for name, value, most in sorted(beyond, key=lambda one: one[1] / (one[2] or 1), reverse=True):
            print(_line(name, value, most))
        path = os.environ.get("OUT", "")
        if path:
            rows = [{"bench": self._bench, "name": name, "value": value, "most": most} for name, value, most in self._figures]
            with Path(path).open("a", encoding="utf-8") as file:
                file.write("\n".join(json.dumps(row) for row in rows) + "\n")


def _line(name: str, value: float, most: float | None) -> str:
    return f"{name:<60} {value:>14,.3f}" + ("" if most is None else f"  (bar: {most:,.10g})")
