"""The one door to ragas: a program of its own that scores one sample after the other with one metric.

Run by path, in a process that may belong to another environment, so it imports nothing of ours. The first line of its input
is the job: `metric`, and for metrics that ask a model `url`, `model`, `api_key`, `max_output_tokens`, `timeout_s`. It answers
`{"ready": true}` or `{"error": …}`; then each line of input is a sample (`user_input`, `response`, `retrieved_contexts`,
`reference`), and each line of output its result: `value`, `unscored` or `error` with `kind`, and the tokens it took. Before each
call of a model it asks for leave, `{"asks": BYTES}`, and is answered `{"go": true}` or `{"go": false}`.

Whoever starts it sets RAGAS_DO_NOT_TRACK=true: ragas reads it at import and else posts to its makers after every model call.
"""

import asyncio
import inspect
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TextIO

FIELDS = ("user_input", "response", "retrieved_contexts", "reference")


_LONGEST_HOLD_S = 3_600.0


class BudgetSpent(Exception):
    """The one who started this process does not allow another call."""


class Calls:
    """The calls of one metric: each asks leave first, and is counted, because ragas drops what the endpoint reports.

    `ask` takes the size of a prompt in bytes and returns whether the call may be made.
    """

    def __init__(self, ask: Callable[[int], bool]) -> None:
        self._ask = ask
        self.calls = self.input_tokens = self.output_tokens = 0
        self.was_refused = False
        #: Whether the endpoint gave no answer to this sample, and what kept it from that the last time, by kind. ragas drops it,
        #: or makes NaN of it.
        self.is_broken = False
        self.outage: tuple[str, Exception] | None = None
        self._held_until_s = 0.0

    def guard(self, create: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return the client's function that makes a call, with the question before it and the count after it.

        An endpoint that gave no answer is not asked again for the same sample, nor before it wants to be (Retry-After).
        """

        async def guarded(*positional: Any, **named: Any) -> Any:
            if self.outage is not None and (self.is_broken or time.monotonic() < self._held_until_s):
                self.is_broken = True
                raise self.outage[1]
            if not self._ask(len(json.dumps(named, default=str).encode())):
                self.was_refused = True
                raise BudgetSpent("the budget is spent")
            self.calls += 1
            try:
                response = await create(*positional, **named)
            except Exception as error:
                self._note(error)
                raise
            usage = getattr(response, "usage", None)
            self.input_tokens += getattr(usage, "prompt_tokens", 0) or 0
            self.output_tokens += getattr(usage, "completion_tokens", 0) or 0
            return response

        return guarded

    def _note(self, error: Exception) -> None:
        kind = _kind_of(error)
        if kind:
            self.outage, self.is_broken = (kind, error), True
            self._held_until_s = time.monotonic() + _retry_after_s(error)

    def taken(self) -> dict[str, int]:
        """Return what was used since the last look."""
        taken = {"calls": self.calls, "input_tokens": self.input_tokens, "output_tokens": self.output_tokens}
        self.calls = self.input_tokens = self.output_tokens = 0
        self.was_refused = self.is_broken = False
        return taken


def _kind_of(error: Exception) -> str:
    """Return `timeout` or `endpoint` for what may go well another time, by the names of the OpenAI client; else an empty text."""
    names = {each.__name__ for each in type(error).__mro__}
    if "APITimeoutError" in names:
        return "timeout"
    status = getattr(error, "status_code", None) or 0
    return "endpoint" if "APIConnectionError" in names or status == 429 or status >= 500 else ""


def _retry_after_s(error: Exception) -> float:
    """Return the seconds that the endpoint wants to be left alone, an hour at most."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return min(_LONGEST_HOLD_S, max(0.0, float(headers.get("retry-after", 0))))
    except ValueError:  # a date
        return 0.0


def make_metric(job: Mapping[str, Any], calls: Calls) -> Any:
    """Return the metric of this name. Raises what ragas raises, and LookupError for one that cannot be asked here."""
    from ragas.metrics import collections  # type: ignore[import-not-found, unused-ignore]  # an extra

    metric_class = getattr(collections, job["metric"], None)
    if metric_class is None or not hasattr(metric_class, "ascore"):
        raise LookupError(f"ragas has no metric {job['metric']!r}")
    asked = set(inspect.signature(metric_class.__init__).parameters)
    needed = set(inspect.signature(metric_class.ascore).parameters) - {"self", *FIELDS}
    if "embeddings" in asked or needed:
        raise LookupError(f"{job['metric']!r} needs {', '.join(needed or ['embeddings'])}, which spans do not have")
    return metric_class(llm=make_llm(job, calls)) if "llm" in asked else metric_class()


def make_llm(job: Mapping[str, Any], calls: Calls) -> Any:
    """Return ragas's wrapper around an OpenAI-compatible endpoint, constrained to JSON Schema, with its calls counted."""
    import instructor  # type: ignore[import-not-found, unused-ignore]  # an extra
    from openai import AsyncOpenAI
    from ragas.llms.base import InstructorLLM  # type: ignore[import-not-found, unused-ignore]  # an extra

    # Retries, of the client and of instructor, multiply the cost of a bad sample by four without better answers.
    client = AsyncOpenAI(base_url=job["url"], api_key=job["api_key"] or "none", timeout=job["timeout_s"], max_retries=0)
    completions = client.chat.completions
    completions.create = calls.guard(completions.create)  # type: ignore[method-assign, assignment, unused-ignore]  # for every call
    constrained = instructor.from_openai(client, mode=instructor.Mode.JSON_SCHEMA)
    bounds = {"max_tokens": job["max_output_tokens"], "max_retries": 0}
    return InstructorLLM(client=constrained, model=job["model"], provider="openai", **bounds)


async def score(metric: Any, sample: Mapping[str, Any], *, calls: Calls) -> dict[str, Any]:
    """Return `value`, `unscored` or `error` for one sample."""
    wanted = [name for name in inspect.signature(metric.ascore).parameters if name in FIELDS]
    missing = [name for name in wanted if not sample.get(name)]
    if missing:
        return {"unscored": f"no {missing[0]}"}
    try:
        result = await metric.ascore(**{name: sample[name] for name in wanted})
    except Exception as error:  # noqa: BLE001 - the evaluator boundary, on this side of the pipe
        cut_off = "truncated" if "IncompleteOutput" in type(error).__name__ else "exception"
        kind = "budget" if calls.was_refused else cut_off
        if calls.is_broken and calls.outage is not None:
            return _unanswered(*calls.outage)
        return {"error": f"{type(error).__name__}: {error}"[:500], "kind": kind}
    if calls.was_refused:  # some metrics swallow the refusal, and give NaN or a score of half their calls
        return {"error": "the budget was spent between two calls", "kind": "budget"}
    if calls.is_broken and calls.outage is not None:
        return _unanswered(*calls.outage)
    value = result.value
    # Sent as text: JSON has no NaN, and the receiver judges every number.
    return {"value": str(float(value))} if isinstance(value, int | float) else {"error": f"gave {value!r}", "kind": "wrong_type"}


def _unanswered(kind: str, error: Exception) -> dict[str, Any]:
    return {"error": f"{type(error).__name__}: {error}"[:500], "kind": kind}


def serve(lines: TextIO, answers: TextIO) -> None:
    """Answer until the input ends."""

    def answer(row: Mapping[str, Any]) -> None:
        answers.write(json.dumps(row) + "\n")
        answers.flush()

    def ask(prompt_bytes: int) -> bool:
        answer({"asks": prompt_bytes})
        return bool(json.loads(lines.readline())["go"])

    calls = Calls(ask)
    try:
        metric = make_metric(json.loads(lines.readline()), calls)
    except Exception as error:  # noqa: BLE001 - whatever keeps the library from loading is told to the one who asked
        answer({"error": f"{type(error).__name__}: {error}"[:500]})
        return
    answer({"ready": True})
    with asyncio.Runner() as runner:
        for line in iter(lines.readline, ""):
            found = runner.run(score(metric, json.loads(line), calls=calls))
            answer({**found, **calls.taken()})


if __name__ == "__main__":
    # The libraries print; only answers may reach the pipe.
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin, pipe)
