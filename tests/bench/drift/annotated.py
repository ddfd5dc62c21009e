"""River's bundled series with the change points that people marked, and how each detector follows them.

The values of a series are scaled by its own smallest and largest value, for every detector alike; nobody is told a level.
An alarm belongs to the last marked change before it; a further alarm for the same change, or one before any, is false.

Detectors are compared at a number of false alarms, each with that of its settings which finds most with no more of them. The
series hold few changes, so the difference has an interval, of draws of whole series: the lists of one are much alike.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spanhouse_evaluators.detect import detect_changes
from tests.bench.drift import peers
from tests.bench.pieces import Piece, finish
from tests.bench.report import Report

_RUN_LENGTHS = tuple(float(f"{length:.2g}") for length in np.geomspace(30, 3e7, 37))
#: Per 1,000 values; those of most of ADWIN's settings, so that it is compared where it is at its best.
_LEVELS = (0.6, 1.0, 1.6, 2.2, 2.9)
_DRAWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Scaled columns of one series, and the change points that each annotator marked."""

    name: str
    columns: dict[str, NDArray[np.float64]]
    marks: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What one setting of a detector made of the series: of each one's lists, the shares found of those that mark something."""

    detector: str
    shares: tuple[tuple[float, ...], ...]
    false_alarms: float
    delay: float

    @property
    def family(self) -> str:
        """Its detector without the setting."""
        return self.detector.split(maxsplit=1)[0]

    def found(self, chosen: Iterable[int]) -> float:
        """The percentage of changes found, on average over the lists of these series."""
        return 100 * statistics.mean(share for one in chosen for share in self.shares[one])


def compare(report: Report, folder: Path) -> list[dict[str, object]]:
    """Adds the share of marked changes found, false alarms per 1,000 values and the delay; returns the picture's points."""
    series = [_scaled(found) for found in peers.ask("river", "river_streams.py", "--series")]
    streams: dict[str, Any] = {f"{one.name}/{column}": values for one in series for column, values in one.columns.items()}
    river = Piece(
        name="annotated series, river",
        given=streams,
        code=peers.code("river", "river_streams.py"),
        work=lambda: peers.ask("river", "river_streams.py", arrays=streams),
    )
    (found,) = finish([river], folder)
    for length in _RUN_LENGTHS:
        found[f"rank-detector ARL={length:g}"] = {
            key: detect_changes(values, average_run_length=length) for key, values in streams.items()
        }
    settings = [_setting(detector, series, alarms) for detector, alarms in found.items()]
    for level in _LEVELS:
        _at(report, settings, level)
    return [_point(report, setting, range(len(series))) for setting in settings]


def _scaled(found: dict[str, Any]) -> Series:
    columns = {name: np.asarray(values, dtype=np.float64) for name, values in found["columns"].items()}
    return Series(
        name=found["name"],
        columns={name: (values - values.min()) / np.ptp(values) for name, values in columns.items() if np.ptp(values) > 0},
        marks=tuple(tuple(sorted(marks)) for marks in found["marks"]),
    )


def _setting(detector: str, series: Sequence[Series], alarms: dict[str, Sequence[int]]) -> Setting:
    shares, false_alarms, delays = [], [], []
    for one in series:
        given = sorted({index for column in one.columns for index in alarms[f"{one.name}/{column}"]})
        length = len(next(iter(one.columns.values())))
        late = {marks: _delays(given, marks) for marks in one.marks}
        delays += [delay for marks in one.marks for delay in late[marks]]
        false_alarms += [(len(given) - len(late[marks])) * 1_000 / length for marks in one.marks]
        shares.append(tuple(len(late[marks]) / len(marks) for marks in one.marks if marks))
    return Setting(
        detector=detector,
        shares=tuple(shares),
        false_alarms=statistics.mean(false_alarms),
        delay=statistics.median(delays) if delays else float("nan"),
    )


def _at(report: Report, settings: Sequence[Setting], level: float) -> None:
    """Adds what each detector finds with no more false alarms than `level`, and ours less the best peer's, 95 % interval."""
    best = dict[str, Setting]()
    series = range(len(settings[0].shares))
    for setting in sorted(settings, key=lambda one: one.found(series)):
        if setting.false_alarms <= level:
            best[setting.family] = setting
    case = f"annotated series, {level} false alarms per 1,000"
    for setting in best.values():
        report.add(f"{case}: {setting.detector}: changes found, %", setting.found(series))
    ours = best.pop("rank-detector")
    peer = max(best.values(), key=lambda one: one.found(series))
    chance = np.random.default_rng(5)
    draws = [chance.integers(0, len(series), len(series)) for _ in range(_DRAWS)]
    differences = [ours.found(chosen) - peer.found(chosen) for chosen in draws]
    report.add(f"{case}: rank-detector less {peer.detector}, points", ours.found(series) - peer.found(series))
    for side, at in (("from", 0.025), ("to", 0.975)):
        report.add(f"{case}: rank-detector less {peer.detector}, points, {side}", float(np.quantile(differences, at)))


def _point(report: Report, setting: Setting, series: Iterable[int]) -> dict[str, object]:
    """Adds a setting's figures, and returns its point in the picture."""
    found = setting.found(series)
    report.add(f"{setting.detector}: annotated series: changes found, %", found)
    report.add(f"{setting.detector}: annotated series: false alarms per 1,000", setting.false_alarms)
    report.add(f"{setting.detector}: annotated series: median delay", setting.delay)
    return {
        "detector": setting.family,
        "case": "annotated series",
        "false alarms per 10,000": 10 * setting.false_alarms,
        "changes missed, %": 100 - found,
        "mean delay": setting.delay,
    }


def _delays(alarms: Sequence[int], marks: Sequence[int]) -> list[int]:
    """For each marked change that has an alarm before the next one: how many values later it came."""
    spans = pairwise([*marks, sys.maxsize])
    firsts = (next((alarm - mark for alarm in alarms if mark <= alarm < end), None) for mark, end in spans)
    return [delay for delay in firsts if delay is not None]
