"""Whether the sources an answer cites by number exist."""

import re

from spanhouse_evaluators.contract import Answers, Context, Score, Unscored, evaluator

_CITATION = re.compile(r"\[(\d{1,4})\](?!\()")
"""`[3]`, but not the text of a Markdown link `[3](address)`."""


@evaluator("citations", "1", bounds=(0.0, 1.0))
def citations(context: Context) -> Answers:
    """Return the share of `[n]` marks that name one of the documents, counted from 1.

    Unscored without documents or without marks: an answer that cites nothing cites nothing wrong.
    """
    if not context.documents:
        return Unscored("no retrieved context")
    cited = [int(number) for number in _CITATION.findall(context.output)]
    if not cited:
        return Unscored("no citations")
    missing = [number for number in cited if not 1 <= number <= len(context.documents)]
    reason = f"[{missing[0]}] is none of {len(context.documents)} documents" if missing else ""
    return Score(1 - len(missing) / len(cited), reason)
