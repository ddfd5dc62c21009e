"""How many words the answer has: dull alone, and the first thing that moves when a prompt does."""

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator
from spanhouse_evaluators.quality.words import OUTPUT_WORDS, n_words


@frame_evaluator("answer_length", "2", uses=(OUTPUT_WORDS,), bounds=(0.0, float("inf")))
def answer_length(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the number of words. Unscored when the span recorded no answer at all."""
    return answer(n_words(frame["output_words"]), unless={"no answer": frame["output"] == ""})
