"""What an evaluator is given and what it may answer.

Must not know where spans are stored, when evaluators run, or what becomes of their answers.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal, Protocol, runtime_checkable

Need = Literal["span", "trace", "session"]
ScoreKind = Literal["assertion", "score", "label"]
Status = Literal["scored", "failed", "unscored"]
Value = bool | int | float | str


class FailureKind(StrEnum):
    """Why an evaluation that was tried has no value."""

    EXCEPTION = "exception"
    TIMEOUT = "timeout"
    NOT_A_NUMBER = "nan"
    INFINITE = "infinite"
    OUT_OF_RANGE = "out_of_range"
    WRONG_TYPE = "wrong_type"
    TRUNCATED = "truncated"
    PARSE_ERROR = "parse_error"
    ENDPOINT = "endpoint"
    BUDGET = "budget"
    CRASH = "crash"
    MEMORY = "memory"


PASSING_WITH_MONEY = frozenset({FailureKind.TIMEOUT, FailureKind.ENDPOINT})
PASSING = PASSING_WITH_MONEY | {FailureKind.BUDGET}
"""What may go well another time: such a failure does not count as an evaluation that was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One span as an evaluator sees it; for a trace or a session, also the spans it is made of.

    Empty strings and empty tuples mean that the span did not say; `None` means that it was not
    measured, which is never the same as zero.
    """

    project: str = "default"
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    session_id: str = ""
    kind: str = ""
    operation: str = ""
    provider: str = ""
    model: str = ""
    release: str = ""
    environment: str = ""
    input: str = ""
    output: str = ""
    documents: tuple[str, ...] = ()
    reference: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict[str, object])
    start_time_ns: int = 0
    duration_ns: int = 0
    time_to_first_token_ns: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: float | None = None
    failed: bool = False
    spans: tuple["Context", ...] = ()

    def input_hash(self) -> str:
        """Return 32 hex digits that change when anything an evaluator judges by content changes."""
        judged = [self.input, self.output, self.documents, self.reference]
        judged += [span.input_hash() for span in self.spans]
        return hashlib.sha256(json.dumps(judged).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What an evaluation cost (`None` if nothing is charged for), and what its row shall say besides: texts by name."""

    cost_usd: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Score:
    """A value, and why. What the value means follows from its type."""

    status: ClassVar[Status] = "scored"
    value: Value
    reason: str = ""
    took: Took | None = None

    @property
    def kind(self) -> ScoreKind:
        """A bool is an assertion, a number a score, a string a label."""
        if isinstance(self.value, bool):
            return "assertion"
        return "label" if isinstance(self.value, str) else "score"


@dataclass(frozen=True, slots=True)
class Failure:
    """The evaluation was tried and gave no usable value."""

    status: ClassVar[Status] = "failed"
    kind: FailureKind
    reason: str
    took: Took | None = None


@dataclass(frozen=True, slots=True)
class Unscored:
    """The question does not arise for this input, as in the groundedness of an empty answer."""

    status: ClassVar[Status] = "unscored"
    reason: str
    took: Took | None = None


Outcome = Score | Failure | Unscored
Answer = Value | Outcome
Answers = Answer | Mapping[str, Answer]


@runtime_checkable
class Evaluator(Protocol):
    """One question asked of a span, a trace or a session.

    `version` changes whenever the same input could get another answer. `bounds` are the lowest
    and the highest number it may give, both included; a number outside becomes a `Failure`.
    `needs` says whether it is asked about a span, or about a trace or a session once that is quiet.
    It may also have `higher_is_better` (see `direction`).
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def needs(self) -> Need: ...
    @property
    def bounds(self) -> tuple[float, float] | None: ...

    def evaluate(self, context: Context, /) -> Answers | Awaitable[Answers]:
        """Answer with a value, an outcome, or a mapping of them by name."""
        ...


@dataclass(frozen=True, slots=True)
class FunctionEvaluator:
    """An evaluator made of a function by `evaluator`."""

    name: str
    version: str
    needs: Need
    bounds: tuple[float, float] | None
    evaluate: Callable[[Context], Answers | Awaitable[Answers]]
    higher_is_better: bool | None = None


def direction(evaluator: Evaluator) -> bool | None:
    """Return whether a higher value is the better one (`True` above `False`); `None` where neither is, as for a length."""
    stated = getattr(evaluator, "higher_is_better", None)
    return stated if stated is None else bool(stated)


def evaluator(
    name: str,
    version: str,
    *,
    needs: Need = "span",
    bounds: tuple[float, float] | None = None,
    higher_is_better: bool | None = None,
) -> Callable[[Callable[[Context], Answers | Awaitable[Answers]]], FunctionEvaluator]:
    """Make an evaluator of the decorated function."""

    def make(function: Callable[[Context], Answers | Awaitable[Answers]]) -> FunctionEvaluator:
        return FunctionEvaluator(name, version, needs, bounds, function, higher_is_better)

    return make
