"""How easily English prose reads, by sentence and word length."""

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator
from spanhouse_evaluators.quality.language import OUTPUT_LANGUAGE
from spanhouse_evaluators.quality.words import OUTPUT_WORDS, n_words

MIN_WORDS = 30
"""Below some three sentences the formula says more about one long word than about the text."""

_SENTENCE_END = r"[.!?]+(?:\s|$)"
_VOWELS = r"[aeiouy]+"
_SILENT = r"(?:^|[^aeiouy])e(?-u:\b)"
"""A single e that ends a word is silent, and no syllable."""


@frame_evaluator("readability", "2", uses=(OUTPUT_WORDS, OUTPUT_LANGUAGE), bounds=(-500.0, 206.835))
def readability(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the Flesch reading ease (Flesch 1948): about 60 to 70 is plain English.

    Unscored in other languages, about which the formula says nothing; what is in none that is known here counts as English. What
    no prose reaches (a list of chemical names without a full stop) counts as the least.
    """
    lowered, n = frame["output"].str.to_lowercase(), n_words(frame["output_words"])
    code = frame["output_language"].struct.field("code")
    is_other = ~code.is_in(["en", ""])
    counted = lowered.set(is_other, "")
    syllables = counted.str.count_matches(_VOWELS).cast(pl.Int64) - counted.str.count_matches(_SILENT).cast(pl.Int64)
    measured = pl.DataFrame({"n": n, "syllables": syllables, "sentences": counted.str.count_matches(_SENTENCE_END)})
    ease = measured.select(
        # Every word has a syllable, also `the` and `3`; and a text a sentence.
        206.835
        - 1.015 * pl.col("n") / pl.max_horizontal("sentences", pl.lit(1))
        - 84.6 * pl.max_horizontal("syllables", "n") / pl.col("n")
    ).to_series()
    return answer(
        ease.clip(lower_bound=-500.0),
        unless={
            f"fewer than {MIN_WORDS} words": n < MIN_WORDS,
            "not in English": is_other,
            "not in the Latin script": syllables <= 0,
        },
    )
