"""The evaluator boundary: whatever an evaluator does becomes an outcome."""

import asyncio
import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanhouse_evaluators.contract import (
    Context,
    Evaluator,
    Failure,
    FailureKind,
    FunctionEvaluator,
    Outcome,
    Score,
    Unscored,
    evaluator,
)
from spanhouse_evaluators.run import MAX_NAME_CHARS, MAX_REASON_CHARS, run, run_together


def answering(answer: object, bounds: tuple[float, float] | None = None) -> FunctionEvaluator:
    """Return an evaluator that gives any answer, also one that the types forbid."""
    return FunctionEvaluator("probe", "1", "span", bounds, lambda _: answer)  # type: ignore[arg-type, return-value]  # the point of these tests


def outcome(answer: object, bounds: tuple[float, float] | None = None) -> Outcome:
    return run(answering(answer, bounds), Context())["probe"]


@pytest.mark.parametrize(("answer", "kind"), [(True, "assertion"), (0.5, "score"), (3, "score"), ("polite", "label")])
def test_the_type_of_a_value_says_what_it_means(answer: object, kind: str) -> None:
    found = outcome(answer)
    assert isinstance(found, Score)
    assert (found.value, found.kind) == (answer, kind)


def test_values_of_other_libraries_become_plain_ones() -> None:
    assert outcome(np.float32(0.5)) == outcome(Fraction(1, 2)) == outcome(np.int64(1) / 2) == outcome(np.array(0.5))
    assert type(outcome(np.int64(2)).value) is float  # type: ignore[union-attr]  # a Score
    assert outcome(np.mean([0.2, 0.9]) > 0.5) == outcome(Score(np.True_)) == Score(True)  # type: ignore[arg-type]  # on purpose
    assert outcome(np.array("x")) == Score("x")


def test_half_a_character_in_what_an_evaluator_says_is_replaced() -> None:
    # As a model writes them that stops within the two escapes of an emoji; the store takes no such text.
    assert outcome(Score("\ud83d", "cut \ud83d")) == Score("?", "cut ?")
    assert outcome(Unscored("\ud83d é")) == Unscored("? é")
    assert run(answering({"\ud83d": True}), Context()) == {"probe.?": Score(True)}

    @evaluator("probe", "1")
    def raises(context: Context) -> float:
        raise ValueError("\ud83d")

    assert run(raises, Context())["probe"] == Failure(FailureKind.EXCEPTION, "ValueError: ?")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (math.nan, FailureKind.NOT_A_NUMBER),
        (math.inf, FailureKind.INFINITE),
        (-math.inf, FailureKind.INFINITE),
        (664.0, FailureKind.OUT_OF_RANGE),
        (-0.001, FailureKind.OUT_OF_RANGE),
        (None, FailureKind.WRONG_TYPE),
        ([1.0], FailureKind.WRONG_TYPE),
        (1j, FailureKind.WRONG_TYPE),
        ({}, FailureKind.WRONG_TYPE),
        (10**400, FailureKind.EXCEPTION),
    ],
)
def test_an_answer_outside_the_contract_is_a_failure(answer: object, kind: FailureKind) -> None:
    found = outcome(answer, (0.0, 1.0))
    assert isinstance(found, Failure)
    assert found.kind is kind
    assert found.reason


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_score_is_finite_and_in_range_or_it_is_no_score(number: float) -> None:
    found = outcome(number, (0.0, 1.0))
    assert isinstance(found, Score) == (0.0 <= number <= 1.0)


def test_the_range_includes_its_ends() -> None:
    assert outcome(0.0, (0.0, 1.0)) == Score(0.0)
    assert outcome(1, (0.0, 1.0)) == Score(1.0)


def test_a_mapping_gives_one_named_outcome_for_each_key() -> None:
    answers = {"good": Score(True, "yes"), "share": 2.0, "none": Unscored("nothing to judge")}
    assert run(answering(answers, (0.0, 1.0)), Context()) == {
        "probe.good": Score(True, "yes"),
        "probe.share": Failure(FailureKind.OUT_OF_RANGE, "answered 2.0, outside its declared range 0.0 to 1.0"),
        "probe.none": Unscored("nothing to judge"),
    }


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("broken"), FailureKind.EXCEPTION),
        (TimeoutError(), FailureKind.TIMEOUT),
        (UnprintableError(), FailureKind.EXCEPTION),
        (SystemExit(3), FailureKind.EXCEPTION),
        (ValueError("x" * 10_000), FailureKind.EXCEPTION),
    ],
)
def test_an_exception_is_a_failure_with_a_bounded_reason(error: BaseException, kind: FailureKind) -> None:
    @evaluator("probe", "1")
    def raises(context: Context) -> float:
        raise error

    found = run(raises, Context())["probe"]
    assert isinstance(found, Failure)
    assert found.kind is kind
    assert type(error).__name__ in found.reason
    assert len(found.reason) <= MAX_REASON_CHARS


@evaluator("slow", "1")
async def slow(context: Context) -> float:
    await asyncio.sleep(30)
    return 1.0


def test_an_asynchronous_evaluator_is_stopped_at_its_time_limit() -> None:
    found = run(slow, Context(), timeout_s=0.01)["slow"]
    assert isinstance(found, Failure)
    assert found.kind is FailureKind.TIMEOUT


def test_many_contexts_keep_their_order_and_share_the_slots() -> None:
    in_flight, most = 0, 0

    @evaluator("length", "1")
    async def length(context: Context) -> Mapping[str, int]:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        await asyncio.sleep(0.001 * (5 - len(context.output)))
        in_flight -= 1
        return {"chars": len(context.output)}

    contexts = [Context(output="x" * n) for n in range(5)]
    found = asyncio.run(run_together(length, contexts, concurrency=2))
    assert found == [{"length.chars": Score(float(n))} for n in range(5)]
    assert most == 2


def test_one_failing_context_among_many_fails_alone() -> None:
    @evaluator("inverse", "1")
    def inverse(context: Context) -> float:
        return 1 / len(context.output)

    found = asyncio.run(run_together(inverse, [Context(), Context(output="ab")]))
    assert isinstance(found[0]["inverse"], Failure)
    assert found[1] == {"inverse": Score(0.5)}


def test_what_the_decorator_makes_keeps_the_contract() -> None:
    assert isinstance(slow, Evaluator)


def test_the_input_hash_follows_everything_that_is_judged() -> None:
    judged = [
        Context(),
        Context(input="a"),
        Context(output="a"),
        Context(documents=("a",)),
        Context(documents=("a", "")),
        Context(reference="a"),
        Context(reference=""),
        Context(spans=(Context(output="a"),)),
    ]
    assert len({context.input_hash() for context in judged}) == len(judged)
    assert Context(output="a", span_id="1").input_hash() == Context(output="a").input_hash()


def test_reasons_labels_and_mappings_have_bounds() -> None:
    def answering(answer: object) -> dict[str, Outcome]:
        return dict(run(FunctionEvaluator("own", "1", "span", None, lambda _: answer), Context()))  # type: ignore[arg-type, return-value]  # anything

    assert answering(Score(True, "r" * 10**6)) == {"own": Score(True, "r" * 1_000)}
    assert answering(Unscored("r" * 10**6)) == {"own": Unscored("r" * 1_000)}
    assert answering(Score(1.0, None)) == {"own": Score(1.0, "")}  # type: ignore[arg-type]  # on purpose
    (label,) = answering("x" * 257).values()
    assert label == Failure(FailureKind.WRONG_TYPE, "answered with a label of 257 characters")
    assert answering({"n" * (MAX_NAME_CHARS + 1): 1.0, "b": 1.0}) == {
        "own": Failure(FailureKind.WRONG_TYPE, "answered with a name of 101 characters")
    }
    (many,) = answering({str(n): 1.0 for n in range(101)}).values()
    assert many == Failure(FailureKind.WRONG_TYPE, "answered with 101 names, more than 100")
