"""Whether the answer is the expected one, word for word."""

from spanhouse_evaluators.contract import Answers, Context, Unscored, evaluator
from spanhouse_evaluators.quality.words import words


@evaluator("exact_match", "1")
def exact_match(context: Context) -> Answers:
    """Return whether answer and reference have the same words; case and punctuation are ignored.

    An empty answer to a stated reference is wrong. Unscored without a reference.
    """
    if context.reference is None:
        return Unscored("no reference")
    return words(context.output) == words(context.reference)
