"""Whether the answer has a wanted (or an unwanted) pattern in it."""

import hashlib
import re

from spanhouse_evaluators.contract import Answers, Context, FunctionEvaluator, Unscored, evaluator


def regex(pattern: str, *, wanted: bool = True) -> FunctionEvaluator:
    """Return an evaluator that asserts the pattern is found, or with `wanted=False` is not.

    The pattern may match anywhere; anchor it to match the whole answer. Raises `re.error`.
    """
    compiled = re.compile(pattern)

    # Another pattern is another question, so its answers are another version.
    @evaluator("regex", hashlib.sha256(f"{wanted} {pattern}".encode()).hexdigest()[:12], higher_is_better=True)
    def judge(context: Context) -> Answers:
        if not context.output:
            return Unscored("no answer")
        return (compiled.search(context.output) is not None) == wanted

    return judge
