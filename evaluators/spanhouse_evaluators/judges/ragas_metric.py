"""Metrics of ragas as evaluators, each in a process of its own, with its time, tokens and range under control.

Must not import ragas: it takes ten seconds and a quarter of a gigabyte, and it breaks with the releases of others.
"""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spanhouse_evaluators.contract import Answers, Context, Failure, FailureKind, Need, Score, Took, Unscored
from spanhouse_evaluators.judges.endpoint import EndpointSettings, Tokens
from spanhouse_evaluators.judges.spending import Budget, Spent

WORKER = Path(__file__).parents[1] / "quality" / "ragas.py"
PINNED = "0.4.3"
START_S = 120.0
"""Importing ragas took up to 23 s on a busy machine."""


class RagasMetric:
    """One metric, by the name of its class in `ragas.metrics.collections`, such as `Faithfulness`.

    `interpreter` is the Python that has ragas, if it is not this one: its pins are easier to keep in an environment of its
    own. One sample at a time; `close` ends the process, the next question starts another one.
    """

    needs: Need = "span"
    bounds: tuple[float, float] = (0.0, 1.0)

    def __init__(
        self, metric: str, endpoint: EndpointSettings, *, budget: Budget, name: str = "", interpreter: str = sys.executable
    ) -> None:
        self.name = name or f"ragas.{metric}"
        self.version = f"{PINNED}-{hashlib.sha256(endpoint.model.encode()).hexdigest()[:8]}"
        self._metric = metric
        self._endpoint = endpoint
        self._budget = budget
        self._interpreter = interpreter
        self._process: subprocess.Popen[str] | None = None
        self._broken: dict[str, Any] | None = None
        self._lock = threading.Lock()

    def evaluate(self, context: Context, /) -> Answers:
        """Return ragas's number, which the evaluator boundary holds against the range: it has given 664 before."""
        estimate_usd = self._endpoint.cost_usd(Tokens(input=len(context.output) // 3, output=self._endpoint.max_output_tokens))
        day = self._budget.book(estimate_usd)
        if day is None:
            return Failure(FailureKind.BUDGET, f"the budget of {self._budget.cap_usd_per_day} USD a day is spent")
        tokens = Tokens()
        try:
            found = self._ask(context)
            tokens = Tokens(input=found.get("input_tokens", 0), output=found.get("output_tokens", 0))
            return self._answer(found, tokens)
        finally:
            spent = Spent(usd=self._endpoint.cost_usd(tokens), input_tokens=tokens.input, output_tokens=tokens.output)
            self._budget.settle(day, estimate_usd=estimate_usd, spent=spent)

    def close(self) -> None:
        """End the process. May be called twice."""
        with self._lock:
            self._end()

    def _answer(self, found: Mapping[str, Any], tokens: Tokens) -> Answers:
        if "unscored" in found:
            return Unscored(found["unscored"])
        took = Took(
            cost_usd=self._endpoint.cost_usd(tokens),
            attributes={
                "judge.model": self._endpoint.model,
                "judge.calls": str(found.get("calls", 0)),
                "gen_ai.usage.input_tokens": str(tokens.input),
                "gen_ai.usage.output_tokens": str(tokens.output),
            },
        )
        if "error" in found:
            return Failure(FailureKind(found.get("kind", "exception")), found["error"], took)
        return Score(float(found["value"]), "", took)

    def _ask(self, context: Context) -> dict[str, Any]:
        sample = {
            "user_input": context.input,
            "response": context.output,
            "retrieved_contexts": list(context.documents),
            "reference": context.reference,
        }
        with self._lock:
            problem = self._start()
            # ragas has no time limit of its own, and a metric makes several calls.
            return problem or self._exchange(sample, limit_s=self._endpoint.timeout_s * self._endpoint.tries)

    def _start(self) -> dict[str, Any] | None:
        """Start the process if there is none; return the problem that keeps it from working."""
        if self._process is not None or self._broken is not None:
            return self._broken
        # env(1), because the environment of this process is not ours to read or change.
        quiet = ["/usr/bin/env", "RAGAS_DO_NOT_TRACK=true", "DO_NOT_TRACK=1", "HF_HUB_OFFLINE=1"]
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            # -P: the worker's folder holds a module that is called like the library.
            [*quiet, self._interpreter, "-P", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        settings = self._endpoint
        job = {
            "metric": self._metric,
            "url": settings.url,
            "model": settings.model,
            "api_key": settings.api_key,
            "max_output_tokens": settings.max_output_tokens,
            "timeout_s": settings.timeout_s,
        }
        started = self._exchange(job, limit_s=START_S)
        if "ready" in started:
            return None
        self._end()
        # A library that does not import will not do so for the next span; a start that took too long may.
        self._broken = started if started.get("kind") != "timeout" else None
        return started

    def _exchange(self, message: Mapping[str, Any], *, limit_s: float) -> dict[str, Any]:
        """Return the answer to a line; a process that gives none in time, or dies, is ended."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - for mypy
        watchdog = threading.Timer(limit_s, process.kill)
        watchdog.start()
        try:
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        is_late = watchdog.finished.is_set()
        watchdog.cancel()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self._end()
        if is_late:
            return {"error": f"ragas gave no answer within {limit_s:g} s", "kind": "timeout"}
        return {"error": "the process of ragas ended without an answer", "kind": "exception"}

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            # Closes the pipes and waits, so that nothing of it is left.
            with self._process:
                pass
            self._process = None
