"""Evaluators over frames: the same answers as one by one, whatever a row holds."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanhouse_evaluators.contract import Context, Evaluator, Failure, FailureKind, Outcome, Score, Unscored
from spanhouse_evaluators.frames import FrameEvaluator, answer, frame_evaluator, outcomes_of
from spanhouse_evaluators.quality.words import ROWS_AT_ONCE, flat, n_shared, n_words, share_found, word_keys
from spanhouse_evaluators.registry import BUILT_IN
from spanhouse_evaluators.run import MAX_LABEL_CHARS, MAX_REASON_CHARS, run

CONTEXTS = [
    Context(input="?", output="Paris, the capital", documents=("Paris is", "big"), reference="paris"),
    Context(),
    Context(output='{"a": [1, 2]}', reference="", attributes={"gen_ai.output.type": "json"}),
    Context(output="東京は首都です。 \ud800 half", documents=("東京",), reference="東京"),
    Context(output="I'm sorry, but I cannot help with that. See [2].", documents=("x",)),
    Context(output="\n\n\n", documents=("", "\n"), reference="..."),
    Context(output="The cat sat on the mat, and it was warm in the sun for a while. " * 8, documents=("cat",) * 3),
]


@pytest.mark.parametrize("evaluator", [one for one in BUILT_IN if one.needs == "span"], ids=lambda one: one.name)
def test_a_batch_is_answered_as_each_of_its_rows_alone(evaluator: Evaluator) -> None:
    assert outcomes_of(evaluator, CONTEXTS) == [run(evaluator, context) for context in CONTEXTS]
    assert not [one for one in outcomes_of(evaluator, CONTEXTS) if isinstance(one[evaluator.name], Failure)]


def over(dtype: pl.DataType | type[pl.DataType], *values: object, reason: str = "") -> FrameEvaluator:
    """Return an evaluator that answers with these values."""

    @frame_evaluator("own", "1", bounds=(0.0, 1.0))
    def own(frame: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame({"value": pl.Series(values, dtype=dtype)}).with_columns(reason=pl.lit(reason))

    return own


def kinds(evaluator: FrameEvaluator, n: int) -> list[object]:
    found = [outcomes["own"] for outcomes in outcomes_of(evaluator, [Context()] * n)]
    return [one.kind if isinstance(one, Failure) else one for one in found]


def test_numbers_are_held_against_the_range_row_by_row() -> None:
    found = kinds(over(pl.Float64, 0.5, float("nan"), float("inf"), 664.0, None, 1.0, reason="r"), 6)
    failures = [FailureKind.NOT_A_NUMBER, FailureKind.INFINITE, FailureKind.OUT_OF_RANGE]
    assert found == [Score(0.5, "r"), *failures, Unscored("r"), Score(1.0, "r")]


def test_types_say_what_an_answer_is() -> None:
    assert kinds(over(pl.Boolean, True, False, None), 3) == [Score(True), Score(False), Unscored("")]
    assert kinds(over(pl.String, "de", "x" * (MAX_LABEL_CHARS + 1)), 2) == [Score("de"), FailureKind.WRONG_TYPE]
    assert kinds(over(pl.Null, None), 1) == [Unscored("")]
    assert kinds(over(pl.List(pl.Int64), [1]), 1) == [FailureKind.EXCEPTION]


def test_a_long_reason_is_cut() -> None:
    (found,) = kinds(over(pl.Boolean, True, reason="r" * 10**5), 1)
    assert found == Score(True, "r" * MAX_REASON_CHARS)


def test_a_row_that_breaks_the_evaluator_fails_alone() -> None:
    @frame_evaluator("own", "1")
    def own(frame: pl.DataFrame) -> pl.DataFrame:
        if "bad" in frame["output"]:
            raise ValueError("no luck")
        return answer(frame["output"].str.len_chars())

    found = outcomes_of(own, [Context(output=text) for text in ("a", "bad", "abc")])
    expected: list[Outcome] = [Score(1.0), Failure(FailureKind.EXCEPTION, "ValueError: no luck"), Score(3.0)]
    assert [one["own"] for one in found] == expected


def test_too_few_rows_are_no_answer() -> None:
    assert kinds(over(pl.Boolean, True), 2) == [Score(True), Score(True)]  # asked row by row, it has one for each
    empty = over(pl.Boolean)
    assert kinds(empty, 2) == [FailureKind.EXCEPTION] * 2


def test_the_first_reason_without_a_value_counts() -> None:
    mask = pl.Series([True, True, False])
    found = answer(pl.Series([1, 2, 3]), unless={"first": pl.Series([True, False, False]), "second": mask})
    assert found.rows() == [(None, "first"), (None, "second"), (3, "")]


@pytest.mark.parametrize("evaluator", BUILT_IN, ids=lambda one: one.name)
def test_nothing_is_answered_with_nothing(evaluator: Evaluator) -> None:
    assert outcomes_of(evaluator, []) == []


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=8))
def test_words_of_plain_text_are_those_of_the_general_way(texts: list[str]) -> None:
    # One character that is not ASCII sends all the text the general way.
    plain = pl.Series(texts, dtype=pl.String)
    assert word_keys(plain).to_list() == word_keys(plain + "\u3002").to_list()


@given(st.lists(st.text(st.sampled_from("abAB_0é東 .,\n"), max_size=200), max_size=6))
def test_words_have_equal_keys_where_they_are_equal_and_nowhere_else(texts: list[str]) -> None:
    spelt = [re.findall(r"東|[^\W東]+", text.lower()) for text in texts]
    keys, sizes = flat(word_keys(pl.Series(texts, dtype=pl.String)))
    assert sizes.tolist() == [len(words) for words in spelt]
    found = dict(zip(keys.tolist(), (word for words in spelt for word in words), strict=True))
    assert [found[key] for key in keys.tolist()] == [word for words in spelt for word in words]
    assert len(found) == len({word for words in spelt for word in words})


def test_a_text_that_is_not_there_has_no_number_of_words() -> None:
    keys = word_keys(pl.Series([None, "", "two words", None], dtype=pl.String))
    assert n_words(keys).to_list() == [None, 0, 2, None]


def test_rows_stay_apart_however_many_there_are() -> None:
    texts = pl.Series([f"same {number}" for number in range(3 * ROWS_AT_ONCE + 1)])
    keys = word_keys(texts)
    assert set(n_shared(keys, keys).to_list()) == {2.0}
    assert set(share_found(keys, keys.shift(1)).to_list()[1:]) == {0.5}


@given(st.lists(st.tuples(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abcd"))), max_size=6))
def test_shared_words_are_counted_within_each_row(rows: list[tuple[list[str], list[str]]]) -> None:
    some, others = (word_keys(pl.Series([" ".join(row[side]) for row in rows], dtype=pl.String)) for side in (0, 1))
    both = [sum(min(a.count(word), b.count(word)) for word in set(a)) for a, b in rows]
    assert n_shared(some, others).to_list() == both
    filled = [(a, b) for a, b in rows if a]
    some, others = (word_keys(pl.Series([" ".join(row[side]) for row in filled], dtype=pl.String)) for side in (0, 1))
    assert share_found(some, others).to_list() == [sum(word in b for word in a) / len(a) for a, b in filled]
