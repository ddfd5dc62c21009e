"""Closeness in meaning, by the real model."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spanhouse_collector.errors import InvalidSettings
from spanhouse_evaluators.contract import Context, Outcome, Score, Unscored
from spanhouse_evaluators.quality import embeddings
from spanhouse_evaluators.quality.embeddings import answer_relevance, model, semantic_similarity
from spanhouse_evaluators.registry import find
from spanhouse_evaluators.run import run


def value(outcome: Outcome) -> float:
    assert isinstance(outcome, Score)
    assert isinstance(outcome.value, float)
    return outcome.value


def relevance(question: str, answer: str) -> float:
    return value(run(answer_relevance, Context(input=question, output=answer))["answer_relevance"])


def test_an_answer_to_the_question_is_closer_than_one_to_another() -> None:
    question = "What is the capital of France?"
    assert relevance(question, "Paris is the capital city of France.") > 0.6
    assert relevance(question, "Knead the dough for ten minutes.") < 0.2


def test_what_says_the_same_in_other_words_is_close() -> None:
    same = Context(output="The meeting was cancelled.", reference="They called off the meeting.")
    assert value(run(semantic_similarity, same)["semantic_similarity"]) > 0.7
    equal = Context(output="one text", reference="one text")
    assert value(run(semantic_similarity, equal)["semantic_similarity"]) == pytest.approx(1.0)


def test_nothing_to_compare_is_unscored() -> None:
    assert run(answer_relevance, Context(output="a")) == {"answer_relevance": Unscored("no question")}
    assert run(semantic_similarity, Context(output=" ", reference="b")) == {"semantic_similarity": Unscored("no answer")}


def test_texts_are_embedded_alike_alone_and_together() -> None:
    texts = ["short", "a text that is a good deal longer than the other one", "word " * 1_000]
    together = model().embed(texts)
    assert together.shape == (3, 384)
    assert np.linalg.norm(together, axis=1) == pytest.approx([1.0, 1.0, 1.0])
    # The quantised weights round by what else is in the batch.
    assert float(model().embed(texts[:1])[0] @ together[0]) > 0.98


def test_they_are_found_by_name_and_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.name for one in find(["answer_relevance", "semantic_similarity"])] == ["answer_relevance", "semantic_similarity"]
    monkeypatch.setattr(embeddings, "find_spec", lambda _: None)
    with pytest.raises(InvalidSettings, match=r"install spanhouse-server\[embeddings\]"):
        find(["answer_relevance"])


def test_the_library_makes_no_id_of_this_machine_and_reports_to_nobody(tmp_path: Path) -> None:
    """It would keep the id and what it is to send under ~/.cache, and send it later."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    code = "from spanhouse_evaluators.quality.embeddings import model; model().embed(['text'])"
    subprocess.run([sys.executable, "-c", code], env={**variables, "HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []
