"""What a bench found: a table on stdout, and one JSON object a line in the file named by OUT."""

from __future__ import annotations

import json
import os
from pathlib import Path


class Report:
    """Figures of one bench, printed as they come."""

    def __init__(self, bench: str) -> None:
        self._bench = bench
        self._figures: list[tuple[str, float]] = []

    def add(self, name: str, value: float) -> None:
        """One figure; its name carries the unit."""
        self._figures.append((name, value))
        print(f"{name:<60} {value:>14,.3f}", flush=True)

    def write(self) -> None:
        """Appends the figures to the file named by OUT, if there is one."""
        path = os.environ.get("OUT", "")
        if path:
            rows = [json.dumps({"bench": self._bench, "name": name, "value": value}) for name, value in self._figures]
            with Path(path).open("a", encoding="utf-8") as file:
                file.write("\n".join(rows) + "\n")
