"""Metrics of ragas as evaluators, each in a process of its own, with its time, tokens and range under control.

Must not import ragas: it takes ten seconds and a quarter of a gigabyte, and it breaks with the releases of others.
"""

import hashlib
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from spanhouse_evaluators.contract import Answers, Context, Failure, FailureKind, Need, Score, Took, Unscored
from spanhouse_evaluators.judges.endpoint import EndpointSettings, Tokens
from spanhouse_evaluators.judges.spending import Budget, Spent
from spanhouse_evaluators.line_process import Document, LineProcess, NoAnswer

WORKER = Path(__file__).parents[1] / "quality" / "ragas.py"
PINNED = "0.4.3"

METRICS = frozenset(
    {
        "AnswerAccuracy",
        "ContextEntityRecall",
        "ContextPrecision",
        "ContextPrecisionWithReference",
        "ContextPrecisionWithoutReference",
        "ContextRecall",
        "ContextRelevance",
        "ContextUtilization",
        "ExactMatch",
        "FactualCorrectness",
        "Faithfulness",
        "MultiModalFaithfulness",
        "MultiModalRelevance",
        "NoiseSensitivity",
        "QuotedSpansAlignment",
        "ResponseGroundedness",
        "StringPresence",
    }
)
"""What that version has in `ragas.metrics.collections` and can be asked with what a span holds and the extra installs.

That is no embeddings, no other references, no lists of messages (AgentGoalAccuracy), and no further package: sacrebleu for
BleuScore and CHRFScore, rouge-score for RougeScore, rapidfuzz for NonLLMStringSimilarity, datacompy for DataCompyScore.
Kept here, because importing ragas to look takes ten seconds.
"""

START_S = 120.0
"""Importing ragas took up to 23 s on a busy machine."""

# env(1), because the environment of this process is not ours to read or change.
QUIET = ("/usr/bin/env", "RAGAS_DO_NOT_TRACK=true", "DO_NOT_TRACK=1", "HF_HUB_OFFLINE=1")

PROMPT_BYTES = 12_000
"""What ragas's longest instructions and examples come to, for estimates before a call."""

Booked = tuple[str, float]
"""The day that a call was booked on, and its estimate in USD."""


_LOWER_IS_BETTER = frozenset({"NoiseSensitivity"})
"""By ragas 0.4.3's own description: how often an answer is wrong because of what was retrieved. Of all others 1 is the best."""


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
        self.higher_is_better = metric not in _LOWER_IS_BETTER
        # Another metric under the same name is another question, and another model another judge.
        self.version = f"{PINNED}-{hashlib.sha256(f'{metric} {endpoint.model}'.encode()).hexdigest()[:8]}"
        self._metric = metric
        self._endpoint = endpoint
        self._budget = budget
        # -P: the worker's folder holds a module that is called like the library.
        self._process = LineProcess("ragas", [*QUIET, interpreter, "-P", str(WORKER)])
        self._broken: Document | None = None
        self._lock = threading.Lock()

    def evaluate(self, context: Context, /) -> Answers:
        """Return ragas's number, which the evaluator boundary holds against the range: it has given 664 before."""
        if self.is_spent():
            return self._refusal()
        booked = list[Booked]()
        found = self._ask(context, booked)
        tokens = Tokens(input=found.get("input_tokens", 0), output=found.get("output_tokens", 0))
        usd = sum(estimate_usd for _, estimate_usd in booked)
        # An endpoint that reports no tokens may charge for them all the same, and so may one whose answer never came.
        if "calls" in found and (tokens.input or not booked):
            usd = self._endpoint.cost_usd(tokens)
            self._settle(booked, tokens)
        took = self._took(usd, calls=len(booked), tokens=tokens)
        return self._refusal(took if booked else None) if found.get("kind") == "budget" else self._answer(found, took)

    @property
    def cap_usd_per_day(self) -> float | None:
        """The most that it may spend in a day (UTC)."""
        return self._budget.cap_usd_per_day

    def is_spent(self) -> bool:
        """Return whether today's cap is reached."""
        return self._budget.is_spent()

    #: How many calls a metric makes, only ragas knows: some ask about each document, some twice.
    estimates_one_call = True

    def estimate_usd(self, context: Context) -> float:
        """Return what a call about this span may cost at most."""
        texts = [context.input, context.output, context.reference or "", *context.documents]
        return self._call_usd(PROMPT_BYTES + sum(len(text.encode()) for text in texts))

    def close(self) -> None:
        """End the process. May be called twice."""
        self._process.end()

    def _refusal(self, took: Took | None = None) -> Failure:
        return Failure(FailureKind.BUDGET, f"the budget of {self._budget.cap_usd_per_day} USD a day is spent", took)

    def _call_usd(self, prompt_bytes: int) -> float:
        """Return what a call costs at most: a token has a byte or more."""
        return self._endpoint.cost_usd(Tokens(input=prompt_bytes, output=self._endpoint.max_output_tokens))

    def _settle(self, booked: Sequence[Booked], tokens: Tokens) -> None:
        """Put what all calls took in the place of their estimates. Without it, as after a time-out, those stay."""
        took = Spent(usd=self._endpoint.cost_usd(tokens), input_tokens=tokens.input, output_tokens=tokens.output)
        for day, estimate_usd in booked:
            self._budget.settle(day, estimate_usd=estimate_usd, spent=took)
            took = Spent()

    def _took(self, usd: float, *, calls: int, tokens: Tokens) -> Took:
        return Took(
            cost_usd=usd,
            attributes={
                "judge.model": self._endpoint.model,
                "judge.calls": str(calls),
                "gen_ai.usage.input_tokens": str(tokens.input),
                "gen_ai.usage.output_tokens": str(tokens.output),
            },
        )

    def _answer(self, found: Document, took: Took) -> Answers:
        if "unscored" in found:
            return Unscored(found["unscored"])
        if "error" in found:
            return Failure(FailureKind(found.get("kind", "exception")), found["error"], took)
        return Score(float(found["value"]), "", took)

    def _ask(self, context: Context, booked: list[Booked]) -> Document:
        """Return what came of a sample; the calls that the metric made go to `booked` as they are allowed."""

        def allow(question: Document) -> Document:
            estimate_usd = self._call_usd(int(question["asks"]))
            day = self._budget.book(estimate_usd)
            if day is not None:
                booked.append((day, estimate_usd))
            return {"go": day is not None}

        sample = {
            "user_input": context.input,
            "response": context.output,
            "retrieved_contexts": list(context.documents),
            "reference": context.reference,
        }
        with self._lock:
            problem = self._start()
            if problem is not None:
                return problem
            try:
                # ragas has no time limit of its own, and a metric makes several calls.
                return self._process.exchange(sample, limit_s=self._endpoint.timeout_s * self._endpoint.tries, reply=allow)
            except NoAnswer as error:
                return {"error": str(error), "kind": str(error.kind)}

    def _start(self) -> Document | None:
        """Start the process if there is none; return the problem that keeps it from working."""
        if self._process.is_running or self._broken is not None:
            return self._broken
        settings = self._endpoint
        job = {
            "metric": self._metric,
            "url": settings.url,
            "model": settings.model,
            "api_key": settings.api_key,
            "max_output_tokens": settings.max_output_tokens,
            "timeout_s": settings.timeout_s,
        }
        try:
            started = self._process.exchange(job, limit_s=START_S)
        except NoAnswer as error:
            started = {"error": str(error), "kind": str(error.kind)}
        if "ready" in started:
            return None
        self._process.end()
        # A library that does not import will not do so for the next span; a start that took too long may.
        self._broken = started if started.get("kind") != "timeout" else None
        return started
