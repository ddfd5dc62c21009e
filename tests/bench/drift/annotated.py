"""River's bundled series with the change points that people marked, and how each detector follows them.

The values of a series are scaled by its own smallest and largest value, for every detector alike; nobody is told a level.
An alarm belongs to the last marked change before it; a further alarm for the same change, or one before any, is false.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
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

_RUN_LENGTHS = (30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Scaled columns of one series, and the change points that each annotator marked."""

    name: str
    columns: dict[str, NDArray[np.float64]]
    marks: tuple[tuple[int, ...], ...]


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
    return [_summary(report, detector, series, alarms) for detector, alarms in found.items()]


def _scaled(found: dict[str, Any]) -> Series:
    columns = {name: np.asarray(values, dtype=np.float64) for name, values in found["columns"].items()}
    return Series(
        name=found["name"],
        columns={name: (values - values.min()) / np.ptp(values) for name, values in columns.items() if np.ptp(values) > 0},
        marks=tuple(tuple(sorted(marks)) for marks in found["marks"]),
    )


def _summary(report: Report, detector: str, series: Sequence[Series], alarms: dict[str, Sequence[int]]) -> dict[str, object]:
    shares, false_alarms, delays = [], [], []
    for one in series:
        given = sorted({index for column in one.columns for index in alarms[f"{one.name}/{column}"]})
        length = len(next(iter(one.columns.values())))
        for marks in one.marks:
            late = _delays(given, marks)
            delays += late
            false_alarms.append((len(given) - len(late)) * 1_000 / length)
            if marks:
                shares.append(len(late) / len(marks))
    found = 100 * statistics.mean(shares)
    delay = statistics.median(delays) if delays else float("nan")
    report.add(f"{detector}: annotated series: changes found, %", found)
    report.add(f"{detector}: annotated series: false alarms per 1,000", statistics.mean(false_alarms))
    report.add(f"{detector}: annotated series: median delay", delay)
    return {
        "detector": detector.split(maxsplit=1)[0],
        "case": "annotated series",
        "false alarms per 10,000": 10 * statistics.mean(false_alarms),
        "changes missed, %": 100 - found,
        "mean delay": delay,
    }


def _delays(alarms: Sequence[int], marks: Sequence[int]) -> list[int]:
    """For each marked change that has an alarm before the next one: how many values later it came."""
    spans = pairwise([*marks, sys.maxsize])
    firsts = (next((alarm - mark for alarm in alarms if mark <= alarm < end), None) for mark, end in spans)
    return [delay for delay in firsts if delay is not None]
