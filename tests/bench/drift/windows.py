"""Windows against frozen references: how often each test calls drift, ours beside Evidently's and NannyML's.

Latencies are drawn; graded solutions are those of one model, and of the next worse one.

Every method is judged twice: by its own verdict, and by its score at the threshold that gives all of them the same share of
false alarms on these very windows. The second is the fair one.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.drift.bins import FrozenBins, count, freeze, psi_of_counts
from spanhouse_evaluators.drift.comparison import Comparison, is_drift
from spanhouse_evaluators.drift.numbers import compare_numbers, compare_tails
from tests.bench.drift import OURS, peers
from tests.bench.drift.streams import GRADED, graded
from tests.bench.pieces import Piece, finish
from tests.bench.report import Report

_TRIALS = int(os.environ.get("TRIALS", "200"))
_REFERENCES = 10
# NannyML takes its thresholds from several chunks of the reference, each as long as the window.
_REFERENCE_SIZE = 20_000
#: Share of windows without a change that every method may call drift when they are compared at equal false alarms.
_EQUAL_FALSE_ALARMS = 0.02

Windows = Mapping[str, Any]
#: By method, then by window: the score, which grows with drift, and the method's own verdict.
Scores = Mapping[str, Mapping[str, tuple[float, bool]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Windows of one kind: `draw(shift, n)` draws one, the first shift is none, and `sizes` are those of the windows."""

    name: str
    shifts: tuple[str, ...]
    sizes: tuple[int, ...]
    draw: Callable[[str, int], NDArray[np.float64]]

    def windows(self) -> Windows:
        """References by `reference/R`, and windows by `current/N/SHIFT/TRIAL`."""
        references = {f"reference/{number}": self.draw(self.shifts[0], _REFERENCE_SIZE) for number in range(_REFERENCES)}
        currents = {
            f"current/{n}/{shift}/{trial}": self.draw(shift, n)
            for n in self.sizes
            for shift in self.shifts
            for trial in range(_TRIALS)
        }
        return {**references, **currents}


def compare(report: Report, folder: Path) -> None:
    """Adds the shares of windows called drift, in percent; `folder` keeps what was finished."""
    for data in (_latencies(), *([_solutions()] if GRADED.exists() else [])):
        windows = data.windows()
        of_sizes = [(size, _of_size(windows, size)) for size in data.sizes]
        found = finish([piece for size, some in of_sizes for piece in _pieces(f"{data.name}, n={size}", some)], folder)
        for size in data.sizes:
            for scores in (next(found), next(found), next(found)):
                for method, one in scores.items():
                    _summary(report, data, f"{method}, n={size}", one)


def _of_size(windows: Windows, size: int) -> Windows:
    """Return the windows of one size, and all references."""
    return {key: values for key, values in windows.items() if key.startswith(("reference/", f"current/{size}/"))}


def _pieces(name: str, windows: Windows) -> Iterator[Piece]:
    """Yield our scores of the windows, and each peer's."""
    yield Piece(name=f"{name}, ours", given=windows, code=(Path(__file__), *OURS), work=partial(_ours, windows))
    for library in ("evidently", "nannyml"):
        yield Piece(
            name=f"{name}, {library}",
            given=windows,
            code=peers.code(library, "window_peers.py"),
            work=partial(peers.ask, library, "window_peers.py", library, arrays=windows),
        )


def _latencies() -> Data:
    """Log-normal latencies with 1 % of time-outs at 60 s, and ones that are so many times as long."""
    chance = np.random.default_rng(11)

    def draw(shift: str, n: int) -> NDArray[np.float64]:
        values = chance.lognormal(0.0, 1.0, n) * float(shift.removeprefix("x"))
        values[chance.random(n) < 0.01] = 60.0
        return values

    return Data(name="latency", shifts=("x1.0", "x1.1", "x1.2", "x1.5"), sizes=(200, 1_000, 5_000), draw=draw)


def _solutions() -> Data:
    """Whether the best model's solutions are right, and each other model's."""
    right = graded()
    ranked = sorted(right, key=lambda name: -right[name].mean())
    chance = np.random.default_rng(13)
    return Data(
        name="GSM8K",
        shifts=tuple(ranked),
        sizes=(200, 500),
        draw=lambda model, n: chance.choice(right[model], n),
    )


def _ours(windows: Windows) -> Scores:
    bins = [freeze(windows[f"reference/{number}"]) for number in range(_REFERENCES)]
    methods = ("ours KS", "ours Anderson-Darling", "ours calibrated decile PSI")
    found: dict[str, dict[str, tuple[float, bool]]] = {method: {} for method in methods}
    for key, current in _currents(windows):
        number = int(key.rsplit("/", 1)[1]) % _REFERENCES
        frozen = bins[number]
        assert isinstance(frozen, FrozenBins)
        ks = compare_numbers(windows[f"reference/{number}"], current)
        psi = psi_of_counts(frozen, count(frozen, current))
        tails = compare_tails(windows[f"reference/{number}"], current)
        for method, result in zip(methods, (ks, tails, psi), strict=True):
            found[method][key] = _judged(result)
    return found


def _judged(result: Comparison | Unscored) -> tuple[float, bool]:
    assert isinstance(result, Comparison)
    return result.statistic, bool(is_drift(result.effect, result.p_value))


def _currents(windows: Windows) -> Iterator[tuple[str, NDArray[np.float64]]]:
    return ((key, window) for key, window in windows.items() if key.startswith("current/"))


def _summary(report: Report, data: Data, name: str, found: Mapping[str, tuple[float, bool]]) -> None:
    by_shift = {shift: [score for key, score in found.items() if f"/{shift}/" in key] for shift in data.shifts}
    unchanged = data.shifts[0]
    threshold = float(np.quantile([score for score, _ in by_shift[unchanged]], 1 - _EQUAL_FALSE_ALARMS, method="higher"))
    for shift, judged in by_shift.items():
        report.add(f"{name}, {data.name} {shift}: drift, %", 100 * statistics.mean(verdict for _, verdict in judged))
        if shift != unchanged:
            equal = 100 * statistics.mean(score > threshold for score, _ in judged)
            report.add(f"{name}, {data.name} {shift}: drift at equal false alarms, %", equal)
