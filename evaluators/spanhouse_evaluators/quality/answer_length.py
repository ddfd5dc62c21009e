"""How many words the answer has: dull alone, and the first thing that moves when a prompt does."""

from spanhouse_evaluators.contract import Answers, Context, Unscored, evaluator
from spanhouse_evaluators.quality.words import words


@evaluator("answer_length", "1", bounds=(0.0, float("inf")))
def answer_length(context: Context) -> Answers:
    """Return the number of words. Unscored when the span recorded no answer at all."""
    if not context.output:
        return Unscored("no answer")
    return len(words(context.output))
