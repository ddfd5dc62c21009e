"""Asks an evaluator about contexts and turns whatever happens into outcomes.

Must not know storage or schedules. Nothing an evaluator does gets past this boundary.
"""

import asyncio
import inspect
import math
import traceback
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from numbers import Real
from typing import Any

from spanhouse_evaluators.contract import (
    Answer,
    Answers,
    Context,
    Evaluator,
    Failure,
    FailureKind,
    Outcome,
    Score,
    Unscored,
)

Outcomes = Mapping[str, Outcome]

# What most evaluators answer with: asked for first, as the general checks cost as much as a cheap evaluator. Tuples, because
# the check against a union is several times as slow.
_SINGLE = (Score, Unscored, bool, float, int, str, Failure)

_WITHOUT_VALUE = (Failure, Unscored)
_NUMBERS = (float, int)
_PLAIN = (float, int, str)

MAX_REASON_CHARS = 1_000
"""Reasons are read by people in a table; an exception may carry a whole document."""

MAX_LABEL_CHARS = 256
"""A label is one of a few; a longer one is an answer that went to the wrong place."""

MAX_NAMES = 100
"""Answers that one mapping may hold: each name is a panel and an alert's series."""

MAX_NAME_CHARS = 100
"""Of a name in a mapping: a longer one is a text that went to the wrong place."""


def run(evaluator: Evaluator, context: Context, *, timeout_s: float | None = None) -> Outcomes:
    """Return the outcomes by name; never raises, and never returns an empty mapping.

    A plain answer is named as its evaluator, the answers of a mapping `evaluator.key`.
    `timeout_s` bounds asynchronous evaluators; a synchronous one cannot be interrupted.
    """
    try:
        answers = evaluator.evaluate(context)
        if isinstance(answers, _SINGLE):
            return {evaluator.name: _outcome(evaluator, answers)}
        if inspect.isawaitable(answers):
            answers = asyncio.run(_within(answers, timeout_s))
        return _outcomes(evaluator, answers)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the evaluator boundary: recorded as a row
        return {evaluator.name: failure_of(error)}


def is_asynchronous(evaluator: Evaluator) -> bool:
    """Return whether many questions to the evaluator can be in flight together."""
    return inspect.iscoroutinefunction(evaluator.evaluate)


async def run_together(
    evaluator: Evaluator, contexts: Iterable[Context], *, concurrency: int = 8, timeout_s: float | None = None
) -> list[Outcomes]:
    """Return the outcomes of each context, in order, with at most `concurrency` in flight."""
    slots = asyncio.Semaphore(concurrency)

    async def one(context: Context) -> Outcomes:
        async with slots:
            return await _asked(evaluator, context, timeout_s)

    return await asyncio.gather(*(one(context) for context in contexts))


def run_as_they_come(
    evaluator: Evaluator, contexts: Iterable[Context], *, concurrency: int = 8, timeout_s: float | None = None, every_s: float
) -> Iterator[tuple[int, Outcomes] | None]:
    """Yield the place and the outcomes of each context when they are there, and `None` where for `every_s` seconds none came.

    Whoever closes this cancels what is in flight.
    """
    waiting, running = enumerate(contexts), dict[asyncio.Task[Outcomes], int]()

    async def step() -> set[asyncio.Task[Outcomes]]:
        for place, context in islice(waiting, concurrency - len(running)):
            running[asyncio.create_task(_asked(evaluator, context, timeout_s))] = place
        return (await asyncio.wait(running, timeout=every_s, return_when=asyncio.FIRST_COMPLETED))[0] if running else set()

    with asyncio.Runner() as runner:
        while (done := runner.run(step())) or running:
            yield from ((running.pop(task), task.result()) for task in done)
            if not done:
                yield None


async def _asked(evaluator: Evaluator, context: Context, timeout_s: float | None) -> Outcomes:
    try:
        answers = evaluator.evaluate(context)
        if inspect.isawaitable(answers):
            answers = await _within(answers, timeout_s)
        return _outcomes(evaluator, answers)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the evaluator boundary: recorded as a row
        return {evaluator.name: failure_of(error)}


async def _within(answers: Awaitable[Answers], timeout_s: float | None) -> Answers:
    async with asyncio.timeout(timeout_s):
        return await answers


def _outcomes(evaluator: Evaluator, answers: Answers) -> Outcomes:
    if not isinstance(answers, Mapping):
        return {evaluator.name: _outcome(evaluator, answers)}
    if not answers:
        return {evaluator.name: Failure(FailureKind.WRONG_TYPE, "answered with an empty mapping")}
    if len(answers) > MAX_NAMES:
        return {evaluator.name: Failure(FailureKind.WRONG_TYPE, f"answered with {len(answers)} names, more than {MAX_NAMES}")}
    names = {key: whole(str(key)) for key in answers}
    longest = max(map(len, names.values()))
    if longest > MAX_NAME_CHARS:
        return {evaluator.name: Failure(FailureKind.WRONG_TYPE, f"answered with a name of {longest} characters")}
    return {f"{evaluator.name}.{name}": _outcome(evaluator, answers[key]) for key, name in names.items()}


def _outcome(evaluator: Evaluator, answer: Answer) -> Outcome:
    if isinstance(answer, _WITHOUT_VALUE):
        return answer if _is_kept(answer.reason) else replace(answer, reason=_cut(answer.reason))
    score = answer if isinstance(answer, Score) else Score(answer)
    if not _is_kept(score.reason):
        score = replace(score, reason=_cut(score.reason))
    value: object = score.value  # which need not be what the types say
    if not isinstance(value, _PLAIN):
        score = replace(score, value=_plain(value))
    if isinstance(score.value, bool):
        return score
    if isinstance(score.value, str):
        return _label(score)
    return _number(score, bounds=evaluator.bounds)


def whole(text: str) -> str:
    """Return the text without halves of characters, which JSON and Python can hold, and neither a frame nor the store."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _plain(value: Any) -> Any:
    """Return the Python value of another library's scalar, such as numpy's bool; anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def _is_kept(reason: object) -> bool:
    return isinstance(reason, str) and len(reason) <= MAX_REASON_CHARS and reason.isascii()


def _cut(reason: object) -> str:
    """Return what of a reason is kept; evaluators that ignore the types give anything as one."""
    return "" if reason is None else whole(str(reason)[:MAX_REASON_CHARS])


def _label(score: Score) -> Outcome:
    length = len(str(score.value))
    if length > MAX_LABEL_CHARS:
        return Failure(FailureKind.WRONG_TYPE, f"answered with a label of {length} characters", score.took)
    return replace(score, value=whole(str(score.value)))


def _number(score: Score, *, bounds: tuple[float, float] | None) -> Outcome:
    value: object = score.value
    # Evaluators that ignore the types get here with anything: None, a list, an array.
    if not isinstance(value, _NUMBERS) and not isinstance(value, Real):
        return Failure(FailureKind.WRONG_TYPE, f"answered with {type(value).__name__}", score.took)
    number = float(value)
    if math.isnan(number):
        return Failure(FailureKind.NOT_A_NUMBER, score.reason or "answered with NaN", score.took)
    if math.isinf(number):
        return Failure(FailureKind.INFINITE, score.reason or "answered with infinity", score.took)
    if bounds is not None and not bounds[0] <= number <= bounds[1]:
        stated = f"answered {number!r}, outside its declared range {bounds[0]} to {bounds[1]}"
        return Failure(FailureKind.OUT_OF_RANGE, stated, score.took)
    return Score(number, score.reason, score.took)


def failure_of(error: Exception | SystemExit) -> Failure:
    """Return the failure that something raised is recorded as."""
    kinds = {TimeoutError: FailureKind.TIMEOUT, MemoryError: FailureKind.MEMORY}
    kind = next((kind for raised, kind in kinds.items() if isinstance(error, raised)), FailureKind.EXCEPTION)
    # format_exception_only survives exceptions whose own __str__ raises.
    text = traceback.format_exception_only(error)[-1].strip()
    return Failure(kind, whole(text[:MAX_REASON_CHARS]))
