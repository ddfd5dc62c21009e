"""Whether the answer has a wanted (or an unwanted) pattern in it."""

import hashlib
import re

import polars as pl

from spanhouse_evaluators.frames import FrameEvaluator, answer, frame_evaluator
from spanhouse_evaluators.quality.checks import check


def regex(pattern: str, *, wanted: bool = True) -> FrameEvaluator:
    """Return an evaluator that asserts the pattern is found, or with `wanted=False` is not.

    The pattern may match anywhere; anchor it to match the whole answer. Raises `re.error`.
    """
    re.compile(pattern)

    # Another pattern is another question, so its answers are another version.
    @frame_evaluator("regex", hashlib.sha256(f"{wanted} {pattern}".encode()).hexdigest()[:12], higher_is_better=True)
    def judge(frame: pl.DataFrame) -> pl.DataFrame:
        found = check("pattern", by=pattern, items=frame["output"].to_list())
        return answer(found["value"] == wanted, unless={"no answer": frame["output"] == ""}, reason=found["reason"])

    return judge
