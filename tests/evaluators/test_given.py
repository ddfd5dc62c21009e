"""What somebody gives as an evaluator: it is one, or it is said what it lacks."""

from functools import partial
from typing import Any

import pytest

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.contract import Context, FunctionEvaluator, evaluator
from spanhouse_evaluators.given import given
from spanhouse_evaluators.offline import evaluate_record


class Whole:
    name, version, needs, bounds = "whole", "1", "span", None

    def evaluate(self, context: Context) -> bool:
        return bool(context.output)


class Unbounded:
    name, version, needs = "unbounded", "1", "span"

    def evaluate(self, context: Context) -> float:
        return len(context.output) / 2


class Named:
    name = "named"


class Limited(Whole):
    def __init__(self, limit: int) -> None:
        self.limit = limit


class Blind(Whole):
    def evaluate(self) -> bool:  # type: ignore[override]  # the mistake that is to be found
        return True


@evaluator("decorated", "1")
def decorated(context: Context) -> bool:
    return True


def plain(context: Context) -> bool:
    return True


@pytest.mark.parametrize("found", [Whole(), Whole, partial(Whole), Limited(3)])
def test_an_object_a_class_and_what_makes_one_are_evaluators(found: Any) -> None:
    assert isinstance(given(found), Whole)
    assert isinstance(given(decorated), FunctionEvaluator)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            Unbounded(),
            "Class 'Unbounded' has no bounds; write bounds = None (or the lowest and the highest number that it may answer)",
        ),
        (
            Named,
            """Class 'Named' has no version and no needs and no bounds and no evaluate; write version = "1" and needs""",
        ),
        (Limited, "Class 'Limited' is not made without arguments; give an object of it, as own = Limited(...)"),
        (Blind, "Evaluate of 'Blind' does not take a context alone; write def evaluate(self, context)"),
        (plain, """The function 'plain' takes arguments; write @evaluator("own", "1") above it"""),
        (3, "3 is no evaluator; give an object with name, version, needs, bounds, evaluate, or a decorated function"),
    ],
)
def test_what_lacks_a_part_is_refused_with_what_to_write(found: Any, sentence: str) -> None:
    with pytest.raises(InvalidSettings) as raised:
        given(found)
    assert str(raised.value).startswith(sentence)


def test_a_test_that_gives_one_that_lacks_a_part_ends_with_that_sentence_and_no_score() -> None:
    with pytest.raises(InvalidSettings, match="Class 'Unbounded' has no bounds; write bounds = None"):
        evaluate_record({"output": "a"}, [Unbounded()])  # type: ignore[list-item]  # the mistake that is to be found
