"""How easily English prose reads, by sentence and word length."""

import re

from spanhouse_evaluators.contract import Answers, Context, Unscored, evaluator
from spanhouse_evaluators.quality.words import words

MIN_WORDS = 30
"""Below some three sentences the formula says more about one long word than about the text."""

_SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)")
_SYLLABLE = re.compile(r"(?!e\b)[aeiouy]+")
"""A group of vowels; a single e that ends a word is silent."""


@evaluator("readability", "1", bounds=(-500.0, 206.835))
def readability(context: Context) -> Answers:
    """Return the Flesch reading ease (Flesch 1948): about 60 to 70 is plain English.

    Other scripts are unscored.
    """
    spoken = words(context.output)
    if len(spoken) < MIN_WORDS:
        return Unscored(f"fewer than {MIN_WORDS} words")
    syllables = len(_SYLLABLE.findall(context.output.lower()))
    if not syllables:
        return Unscored("not in the Latin script")
    sentences = len(_SENTENCE_END.findall(context.output)) or 1
    # Every word has a syllable, also `the` and `3`.
    return 206.835 - 1.015 * len(spoken) / sentences - 84.6 * max(syllables, len(spoken)) / len(spoken)
