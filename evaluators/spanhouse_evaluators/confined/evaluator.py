"""A user's evaluator as seen from outside its process: the same contract, whatever its code does.

Must not import the user's code.
"""

import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.contract import Answer, Answers, Context, Failure, FailureKind, Need, Score, Unscored
from spanhouse_evaluators.line_process import LineProcess, NoAnswer

START_S = 60.0
"""An evaluator may import a large library before its first answer."""

UNANSWERED = 5
"""Questions in a row that go unanswered before it is asked less often: each may take the whole of its time."""

REST_S = 60.0
"""How often one that goes unanswered again and again is asked all the same: it may have waited for something that is back."""

WORKER = "spanhouse_evaluators.confined.worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an evaluator's process may use: seconds for one answer, MiB of address space, and the network."""

    timeout_s: float = 10.0
    memory_mib: int = 1_024
    network: bool = False


class ConfinedEvaluator:
    """An evaluator of a file or of an entry point, in a process of its own; one question at a time.

    The process is started at once, because only its code says which version it is; one that ends is started anew by the next
    question. It gets no environment but the search path of modules. One that goes unanswered again and again is asked once a
    minute; other questions fail at once, as ones that may go well another time. Raises InvalidSettings if there is no evaluator.
    """

    def __init__(self, source: Mapping[str, str], *, name: str = "", bounds: Bounds | None = None) -> None:
        allowed = bounds or Bounds()
        self._limit_s = allowed.timeout_s
        self._job = {**source, **asdict(allowed)}
        environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "LANG": "C.UTF-8"}
        self._process = LineProcess("the evaluator", [sys.executable, "-m", WORKER], environment=environment)
        self._lock = threading.Lock()
        self._unanswered, self._asked_s = 0, 0.0
        described = self._described(name or next(iter(source.values())))
        self.name: str = name or described["name"]
        self.version: str = described["version"]
        self.needs: Need = described["needs"]
        ends = described["bounds"]
        self.bounds: tuple[float, float] | None = None if ends is None else (float(ends[0]), float(ends[1]))
        self.higher_is_better: bool | None = described["higher_is_better"]

    def evaluate(self, context: Context, /) -> Answers:
        """Return what the evaluator answers; a late one is a TIMEOUT, one whose process ends a CRASH."""
        with self._lock:
            if self._unanswered >= UNANSWERED and time.monotonic() < self._asked_s + REST_S:
                return Failure(FailureKind.TIMEOUT, f"not asked: the evaluator gave no answer {self._unanswered} times in a row")
            self._asked_s = time.monotonic()
            try:
                if not self._process.is_running:
                    self._process.exchange(self._job, limit_s=START_S)
                found = self._process.exchange(asdict(context), limit_s=self._limit_s)
            except NoAnswer as error:
                self._unanswered += 1
                return Failure(error.kind, str(error))
            self._unanswered = 0
        if set(found) == {""}:
            return _answer(found[""])
        return {name: _answer(outcome) for name, outcome in found.items()}

    def close(self) -> None:
        """End the process. May be called twice."""
        self._process.end()

    def _described(self, label: str) -> dict[str, Any]:
        try:
            started = self._process.exchange(self._job, limit_s=START_S)
        except NoAnswer as error:
            started = {"error": str(error)}
        described = started.get("ready")
        if not isinstance(described, dict):
            self._process.end()
            # A refusal says what to write; what its code raised, or that it ended, says only what happened.
            why = started["refused"] if "refused" in started else f"{started['error']}; correct its code"
            raise InvalidSettings(f"The evaluator {label!r} cannot be loaded: {why}.")
        return described


def _answer(outcome: Mapping[str, Any]) -> Answer:
    match outcome["status"]:
        case "scored":
            return Score(outcome["value"], outcome["reason"])
        case "unscored":
            return Unscored(outcome["reason"])
        case _:
            return Failure(FailureKind(outcome["kind"]), outcome["reason"])


def of_file(path: Path, name: str, *, called: str, bounds: Bounds) -> ConfinedEvaluator:
    """Return the evaluator that a Python file defines under this name, called as the configuration calls it."""
    return ConfinedEvaluator({"file": str(path.absolute()), "object": name}, name=called, bounds=bounds)


def of_entry_point(name: str, *, bounds: Bounds | None = None) -> ConfinedEvaluator:
    """Return the evaluator of an installed package's entry point, called as that is."""
    return ConfinedEvaluator({"entry_point": name}, name=name, bounds=bounds)
