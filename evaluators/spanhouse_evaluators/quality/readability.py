"""How easily English prose reads, by sentence and word length."""

import re

from spanhouse_evaluators.contract import Answers, Context, Unscored, evaluator
from spanhouse_evaluators.quality.words import words

MIN_WORDS = 30
"""Below some three sentences the formula says more about one long word than about the text."""

_SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")


@evaluator("readability", "1", bounds=(-500.0, 206.835))
def readability(context: Context) -> Answers:
    """Return the Flesch reading ease (Flesch 1948): about 60 to 70 is plain English.

    Syllables are counted as groups of vowels, so other scripts are unscored.
    """
    spoken = words(context.output)
    if len(spoken) < MIN_WORDS:
        return Unscored(f"fewer than {MIN_WORDS} words")
    syllables = sum(len(_VOWELS.findall(word.removesuffix("e"))) or 1 for word in spoken)
    if not _VOWELS.search(context.output.lower()):
        return Unscored("not in the Latin script")
    sentences = len(_SENTENCE_END.findall(context.output)) or 1
    return 206.835 - 1.015 * len(spoken) / sentences - 84.6 * syllables / len(spoken)
