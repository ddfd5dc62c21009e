"""How far the answer's words are those of the expected answer."""

from collections import Counter

from spanhouse_evaluators.contract import Answers, Context, Unscored, evaluator
from spanhouse_evaluators.quality.words import words


@evaluator("token_f1", "1", bounds=(0.0, 1.0))
def token_f1(context: Context) -> Answers:
    """Return the harmonic mean of word precision and recall against the reference.

    As in SQuAD (Rajpurkar et al. 2016, section 6.1), but without dropping articles, which is
    English only. Unscored without a reference; an empty answer scores 0.
    """
    expected = Counter(words(context.reference or ""))
    if not expected:
        return Unscored("no reference")
    given = Counter(words(context.output))
    shared = (expected & given).total()
    return 2 * shared / (expected.total() + given.total())
