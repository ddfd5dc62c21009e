"""Streams whose level falls at a known item, and what each detector made of them at equal false alarms.

Pass rates, bounded scores and latencies are drawn; graded solutions are those of one model and then of the next worse one. A
latency stands on a logarithmic scale from 1 at 10 ms to 0 at 60 s, for every detector alike.
"""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spanhouse_evaluators.detect import detect, detect_changes
from tests.bench.drift import OURS, peers
from tests.bench.pieces import Piece, finish
from tests.bench.report import Report

_STREAMS = int(os.environ.get("STREAMS", "30"))
GRADED = Path(__file__).resolve().parents[4] / "shared" / "data" / "gsm8k_model_solutions.jsonl"
_CLEAN, _AFTER, _NULL = 1_000, 4_000, 10_000
#: Alarms are several times rarer than stated where the level lies above the objective; without an objective they are as stated.
_RUN_LENGTHS_TOLD, _RUN_LENGTHS = (30, 100, 300, 1_000, 3_000, 10_000), (3_000, 10_000, 30_000)
#: Per 10,000 clean items: what every detector is set to when delays are compared.
_EQUAL_FALSE_ALARMS = 1.0
#: Draws of the streams, with replacement, from which the interval of a share is taken.
_DRAWS = 200

Stream = NDArray[np.float64]
Alarms = Mapping[str, Sequence[int]]
Level = Callable[[int], Stream]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Streams that fall at index `change`, and clean ones of the same level that do not; one of ours is told `objective`."""

    name: str
    objective: float
    change: int
    falling: tuple[Stream, ...]
    clean: tuple[Stream, ...]

    def streams(self) -> dict[str, Stream]:
        """All streams of the case by key."""
        kinds = {"falling": self.falling, "clean": self.clean}
        return {f"{self.name}/{kind}/{i}": stream for kind, streams in kinds.items() for i, stream in enumerate(streams)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What one setting of a detector did in one case, stream by stream: in 10,000 clean items, and after the fall."""

    counts: Stream
    delays: Stream

    @property
    def false_alarms(self) -> float:
        """The mean of the counts."""
        return float(self.counts.mean())

    @property
    def delay(self) -> float:
        """The mean of the delays."""
        return float(self.delays.mean())

    def drawn(self, chosen: NDArray[np.int64]) -> Setting:
        """The same of the chosen streams; of KSWIN, which saw the first few only, of those."""
        return Setting(counts=self.counts[chosen % len(self.counts)], delays=self.delays[chosen % len(self.delays)])


def compare(report: Report, folder: Path) -> list[dict[str, object]]:
    """Adds delays at equal false alarms, and those of every setting; returns the points of the picture."""
    cases = [*_drawn(), *(_solutions() if GRADED.exists() else ())]
    found = finish([piece for case in cases for piece in (_ours(case), _river(case))], folder)
    points = list[dict[str, object]]()
    for case in cases:
        judged = {
            detector: _judged(case, alarms) for alarms_by in (next(found), next(found)) for detector, alarms in alarms_by.items()
        }
        _equal(report, case, judged)
        for detector, setting in judged.items():
            points.append(
                {
                    "detector": _family(detector),
                    "case": case.name,
                    "false alarms per 10,000": setting.false_alarms,
                    "mean delay": setting.delay,
                }
            )
    return points


def _drawn() -> Iterator[Case]:
    chance = np.random.default_rng(11)

    def passes(rate: float) -> Level:
        return lambda n: (chance.random(n) < rate).astype(float)

    def scores(mean: float) -> Level:
        return lambda n: chance.beta(20 * mean, 20 * (1 - mean), n)

    def latencies(factor: float) -> Level:
        def draw(n: int) -> Stream:
            seconds = np.clip(chance.lognormal(0.0, 1.0, n) * factor, 0.01, 60.0)
            seconds[chance.random(n) < 0.01] = 60.0
            return np.asarray(1 - np.log(seconds / 0.01) / math.log(60.0 / 0.01))

        return draw

    for after in (0.87, 0.85, 0.80, 0.60):
        yield _case(f"pass rate 0.90 to {after:.2f}", passes(0.9), passes(after), objective=0.89)
    yield _case("pass rate 0.99 to 0.97", passes(0.99), passes(0.97), objective=0.985)
    for after in (0.88, 0.85):
        yield _case(f"beta scores 0.90 to {after:.2f}", scores(0.9), scores(after), objective=0.89)
    level = float(latencies(1.0)(1_000_000).mean())
    for factor in (1.2, 1.5):
        yield _case(f"latency x{factor}", latencies(1.0), latencies(factor), objective=level - 0.005)


def _case(name: str, before: Level, after: Level, *, objective: float) -> Case:
    return Case(
        name=name,
        objective=objective,
        change=_CLEAN,
        falling=tuple(np.concatenate([before(_CLEAN), after(_AFTER)]) for _ in range(_STREAMS)),
        clean=tuple(before(_NULL) for _ in range(_STREAMS)),
    )


def graded() -> dict[str, Stream]:
    """Returns for each model which of its solutions are right (1) or wrong (0)."""
    rows = [json.loads(line) for line in GRADED.read_text(encoding="utf-8").splitlines()]
    models = [name for name, found in rows[0].items() if isinstance(found, dict)]
    return {name: np.array([row[name]["is_correct"] for row in rows], dtype=float) for name in models}


def _solutions() -> Iterator[Case]:
    """Graded solutions of one model, then of the next worse one, in a random order of questions."""
    right = graded()
    ranked = sorted(right, key=lambda name: -right[name].mean())
    chance = np.random.default_rng(7)
    for better, worse in pairwise(ranked):
        spliced = ([chance.permutation(right[better]), chance.permutation(right[worse])] for _ in range(_STREAMS))
        yield Case(
            name=f"GSM8K {better} {right[better].mean():.2f} to {worse} {right[worse].mean():.2f}",
            objective=float(right[better].mean()) - 0.02,
            change=len(right[better]),
            falling=tuple(np.concatenate(parts) for parts in spliced),
            clean=tuple(chance.choice(right[better], _NULL) for _ in range(_STREAMS)),
        )


def _ours(case: Case) -> Piece:
    """The detector that is told the objective, and the one that is not."""
    told = {f"e-detector ARL={n}": partial(detect, objective=case.objective, average_run_length=n) for n in _RUN_LENGTHS_TOLD}
    untold = {f"rank-detector ARL={n}": partial(detect_changes, average_run_length=n) for n in _RUN_LENGTHS}
    streams = case.streams()
    return Piece(
        name=f"{case.name}, ours",
        given={**streams, "objective": np.array(case.objective)},
        code=(Path(__file__), *OURS),
        work=lambda: {name: {key: find(stream) for key, stream in streams.items()} for name, find in {**told, **untold}.items()},
    )


def _river(case: Case) -> Piece:
    streams = case.streams()
    return Piece(
        name=f"{case.name}, river",
        given=streams,
        code=peers.code("river", "river_streams.py"),
        work=lambda: peers.ask("river", "river_streams.py", arrays=streams),
    )


def _judged(case: Case, alarms: Alarms) -> Setting:
    """False alarms in 10,000 clean items, and the mean delay from the fall to its alarm; not every detector saw all streams."""
    clean = [alarms[key] for key in case.streams() if "/clean/" in key and key in alarms]
    falls = [alarms[key] for key in case.streams() if "/falling/" in key and key in alarms]
    # A fall that was missed counts as found at the end of the stream.
    missed = len(case.falling[0]) - case.change
    delays = [next((alarm - case.change for alarm in fall if alarm >= case.change), missed) for fall in falls]
    counts = np.array([len(alarms) for alarms in clean]) * 1e4 / _NULL
    return Setting(counts=counts, delays=np.array(delays, dtype=np.float64))


def _equal(report: Report, case: Case, judged: Mapping[str, Setting]) -> None:
    """Adds each detector's delay at equal false alarms, and ours as shares of theirs that they are held against.

    The one that is told the objective is held against the fastest peer, and the one that is told nothing against ADWIN, as it is.
    """
    for family, delay in _fastest(judged).items():
        report.add(f"{case.name}: {family}: delay at one false alarm in 10,000", delay)
    _add_share(report, f"{case.name}: e-detector: delay as a share of the fastest peer's", judged, share=_share)
    _add_share(report, f"{case.name}: rank-detector: delay as a share of ADWIN's", judged, share=_share_untold)


def _add_share(
    report: Report, name: str, judged: Mapping[str, Setting], *, share: Callable[[Mapping[str, Setting]], float]
) -> None:
    """Adds a share with its 95 % interval."""
    report.add(name, share(judged))
    chance = np.random.default_rng(5)
    draws = [chance.integers(0, _STREAMS, _STREAMS) for _ in range(_DRAWS)]
    shares = [share({detector: setting.drawn(chosen) for detector, setting in judged.items()}) for chosen in draws]
    for side, at in (("from", 0.025), ("to", 0.975)):
        report.add(f"{name}, {side}", float(np.quantile(shares, at)))


def _fastest(judged: Mapping[str, Setting]) -> dict[str, float]:
    """Return each detector's delay at equal false alarms, of that family of settings which is the fastest in this very case."""
    families = defaultdict[str, list[Setting]](list)
    for detector, setting in judged.items():
        families[detector.rsplit("=", 1)[0]].append(setting)
    best: dict[str, float] = {}
    for name, settings in families.items():
        delay = _at_equal(settings)
        if delay is not None:
            best[_family(name)] = min(delay, best.get(_family(name), math.inf))
    return best


def _share(judged: Mapping[str, Setting]) -> float:
    best = _fastest(judged)
    return best["e-detector"] / min(delay for family, delay in best.items() if "detector" not in family)


def _share_untold(judged: Mapping[str, Setting]) -> float:
    best = _fastest(judged)
    return best["rank-detector"] / best["ADWIN"]


def _at_equal(settings: Sequence[Setting]) -> float | None:
    """Return the delay at equal false alarms, between the settings on either side of them; nothing if all are on one side.

    All below are a detector that cannot be made as eager, and the one nearest stands for it.
    """
    eager = [one for one in settings if one.false_alarms >= _EQUAL_FALSE_ALARMS]
    careful = [one for one in settings if one.false_alarms < _EQUAL_FALSE_ALARMS]
    if not careful:
        return None
    low = min(careful, key=lambda one: (-one.false_alarms, one.delay))
    if not eager:
        return low.delay
    high = min(eager, key=lambda one: (one.false_alarms, one.delay))
    # Delays grow with the logarithm of the run length; no alarm at all counts as half of one.
    seen = [math.log(max(one.false_alarms, 0.5 / len(one.counts))) for one in (low, high)]
    share = (math.log(_EQUAL_FALSE_ALARMS) - seen[0]) / (seen[1] - seen[0])
    return low.delay + share * (high.delay - low.delay)


def _family(detector: str) -> str:
    return detector.split(maxsplit=1)[0]
