"""Whether the answer is the expected one, word for word."""

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator
from spanhouse_evaluators.quality.words import OUTPUT_WORDS, REFERENCE_WORDS, n_words


@frame_evaluator("exact_match", "2", uses=(OUTPUT_WORDS, REFERENCE_WORDS), higher_is_better=True)
def exact_match(frame: pl.DataFrame) -> pl.DataFrame:
    """Return whether answer and reference have the same words; case and punctuation are ignored.

    Where the reference has no words at all, such as `-5.` or `+`, the texts themselves are compared. An empty answer to a stated
    reference is wrong. Unscored without a reference, also an empty one.
    """
    expected, given = frame["reference"], frame["output"]
    same_words = frame["output_words"] == frame["reference_words"]
    same_text = given.str.strip_chars() == expected.str.strip_chars()
    is_wordless = n_words(frame["reference_words"]) == 0
    return answer(
        same_text.zip_with(is_wordless.fill_null(False), same_words),
        unless={"no reference": expected.fill_null("").str.strip_chars() == ""},
    )
