"""How far the answer's words are those of the expected answer."""

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator
from spanhouse_evaluators.quality.words import OUTPUT_WORDS, REFERENCE_WORDS, n_shared, n_words


@frame_evaluator("token_f1", "2", uses=(OUTPUT_WORDS, REFERENCE_WORDS), bounds=(0.0, 1.0), higher_is_better=True)
def token_f1(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the harmonic mean of word precision and recall against the reference.

    As in SQuAD (Rajpurkar et al. 2016, section 6.1), but without dropping articles, which is
    English only. Unscored without a reference; an empty answer scores 0.
    """
    n_expected, n_given = (n_words(frame[name]).fill_null(0).cast(pl.Float64) for name in ("reference_words", "output_words"))
    return answer(
        2 * n_shared(frame["output_words"], frame["reference_words"]) / (n_expected + n_given),
        unless={"no reference": n_expected == 0},
    )
