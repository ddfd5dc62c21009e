"""Change detection beside river: false alarms against delay, on pass rates and on graded solutions spliced from two models.

Ours is told the objective, the others learn the level from the stream: that is its use, and its advantage here. River runs in
an environment of its own under build/peers, which is made when it is not there. STREAMS sets how many streams of each kind.
Writes a picture to build/bench_drift.png.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import vl_convert
from numpy.typing import NDArray

from spanhouse_evaluators.contract import Unscored
from spanhouse_evaluators.detect import detect
from spanhouse_evaluators.drift.bins import FrozenBins, count, freeze, psi_of_counts
from spanhouse_evaluators.drift.comparison import is_drift
from spanhouse_evaluators.drift.numbers import compare_numbers
from tests.bench.report import Report

_STREAMS = int(os.environ.get("STREAMS", "10"))
_ROOT = Path(__file__).resolve().parents[2]
_SHARED = _ROOT.parent / "shared" / "data" / "gsm8k_model_solutions.jsonl"
_RIVER = "river==0.26.1"
_CLEAN, _AFTER, _NULL = 1_000, 4_000, 10_000
_TRIALS = 200
_RUN_LENGTHS = (1_000, 3_000, 10_000, 30_000, 100_000)

Stream = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Streams that fall at index `change`, and clean ones of the same level that do not; ours is told `objective`."""

    name: str
    objective: float
    change: int
    falling: tuple[Stream, ...]
    clean: tuple[Stream, ...]

    def streams(self) -> dict[str, Stream]:
        """All streams of the case by key."""
        kinds = {"falling": self.falling, "clean": self.clean}
        return {f"{self.name}/{kind}/{i}": stream for kind, streams in kinds.items() for i, stream in enumerate(streams)}


def main() -> None:
    """Runs the bench, prints the tables and draws the picture."""
    report = Report("drift")
    cases = [_rates(0.80), _rates(0.85)]
    if _SHARED.exists():
        cases += _solutions()
    with tempfile.TemporaryDirectory() as folder:
        found = {**_ours(cases), **_river(cases, Path(folder))}
    _picture([_summary(report, detector, case=case, alarms=alarms) for detector, alarms in found.items() for case in cases])
    _windows(report)
    report.write()


def _rates(after: float) -> Case:
    """A pass rate of 0.90 that falls."""
    chance = np.random.default_rng(int(after * 100))
    falling = np.where(np.arange(_CLEAN + _AFTER) < _CLEAN, 0.9, after)
    return Case(
        name=f"0.90 to {after:.2f}",
        objective=0.89,
        change=_CLEAN,
        falling=tuple((chance.random(len(falling)) < falling).astype(float) for _ in range(_STREAMS)),
        clean=tuple((chance.random(_NULL) < 0.9).astype(float) for _ in range(_STREAMS)),
    )


def _solutions() -> list[Case]:
    """Graded solutions of one model, then of the next worse one, in a random order of questions."""
    graded = [json.loads(line) for line in _SHARED.read_text(encoding="utf-8").splitlines()]
    models = [name for name, found in graded[0].items() if isinstance(found, dict)]
    right = {name: np.array([row[name]["is_correct"] for row in graded], dtype=float) for name in models}
    ranked = sorted(right, key=lambda name: -right[name].mean())
    chance = np.random.default_rng(7)
    return [
        Case(
            name=f"GSM8K {better} {right[better].mean():.2f} to {worse} {right[worse].mean():.2f}",
            objective=float(right[better].mean()) - 0.02,
            change=len(graded),
            falling=tuple(
                np.concatenate([chance.permutation(right[better]), chance.permutation(right[worse])]) for _ in range(_STREAMS)
            ),
            clean=tuple(chance.choice(right[better], _NULL) for _ in range(_STREAMS)),
        )
        for better, worse in pairwise(ranked)
    ]


Alarms = Mapping[str, Sequence[int]]


def _ours(cases: Sequence[Case]) -> dict[str, Alarms]:
    return {
        f"e-detector ARL={run_length}": {
            key: detect(stream, objective=case.objective, average_run_length=run_length)
            for case in cases
            for key, stream in case.streams().items()
        }
        for run_length in _RUN_LENGTHS
    }


def _river(cases: Sequence[Case], folder: Path) -> dict[str, Alarms]:
    python = _ROOT / "build" / "peers" / "river" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", _RIVER], check=True)
    streams: dict[str, Any] = {key: stream for case in cases for key, stream in case.streams().items()}
    np.savez(folder / "streams.npz", **streams)
    script = Path(__file__).with_name("drift_peers.py")
    subprocess.run([str(python), str(script), str(folder / "streams.npz"), str(folder / "alarms.json")], check=True)
    found: dict[str, Alarms] = json.loads((folder / "alarms.json").read_text(encoding="utf-8"))
    return found


def _summary(report: Report, detector: str, *, case: Case, alarms: Alarms) -> dict[str, object]:
    """False alarms in 10,000 clean items, and the delay from the fall to its alarm."""
    false_alarms = statistics.mean(len(alarms[f"{case.name}/clean/{i}"]) for i in range(_STREAMS)) * 1e4 / _NULL
    falls = [alarms[f"{case.name}/falling/{i}"] for i in range(_STREAMS)]
    # A fall that was missed counts as found at the end of the stream.
    missed = len(case.falling[0]) - case.change
    delays = [next((alarm - case.change for alarm in fall if alarm >= case.change), missed) for fall in falls]
    report.add(f"{detector}: {case.name}: false alarms per 10,000", false_alarms)
    report.add(f"{detector}: {case.name}: median delay", statistics.median(delays))
    report.add(f"{detector}: {case.name}: found, %", 100 * statistics.mean(delay < missed for delay in delays))
    family = detector.split(maxsplit=1)[0]
    return {
        "detector": family,
        "case": case.name,
        "false alarms per 10,000": false_alarms,
        "median delay": statistics.median(delays),
    }


def _windows(report: Report) -> None:
    """Two-sample tests on latencies: log-normal, 1 % time-outs at 60 s, the reference 5,000 calls."""
    chance = np.random.default_rng(11)

    def latencies(n: int, factor: float) -> Stream:
        values = chance.lognormal(0.0, 1.0, n) * factor
        values[chance.random(n) < 0.01] = 60.0
        return values

    for n in (200, 1_000, 5_000):
        for factor in (1.0, 1.2, 1.5):
            found = [_verdicts(latencies(5_000, 1.0), latencies(n, factor)) for _ in range(_TRIALS)]
            for test, share in (("KS", [ks for ks, _ in found]), ("calibrated decile PSI", [psi for _, psi in found])):
                report.add(f"{test}, n={n}, latency x{factor}: alarms, %", 100 * statistics.mean(share))


def _verdicts(reference: Stream, current: Stream) -> tuple[bool, bool]:
    bins, ks = freeze(reference), compare_numbers(reference, current)
    assert isinstance(bins, FrozenBins) and not isinstance(ks, Unscored)  # noqa: PT018 - for the type checker
    psi = psi_of_counts(bins, count(bins, current))
    assert not isinstance(psi, Unscored)
    return is_drift(ks.effect, ks.p_value), is_drift(psi.effect, psi.p_value)


def _picture(rows: Sequence[dict[str, object]]) -> None:
    spec = {
        "data": {"values": list(rows)},
        "facet": {"field": "case", "type": "nominal", "title": None},
        "columns": 2,
        "spec": {
            "width": 320,
            "height": 220,
            "mark": {"type": "line", "point": True},
            "encoding": {
                "x": {"field": "false alarms per 10,000", "type": "quantitative", "scale": {"type": "symlog"}},
                "y": {"field": "median delay", "type": "quantitative"},
                "color": {"field": "detector", "type": "nominal"},
            },
        },
    }
    path = _ROOT / "build" / "bench_drift.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(vl_convert.vegalite_to_png(spec))
    print(f"The picture is in {path.relative_to(_ROOT)}.")


if __name__ == "__main__":
    main()
