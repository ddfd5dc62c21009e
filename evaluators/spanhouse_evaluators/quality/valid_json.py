"""Whether the answer is JSON."""

import json

from spanhouse_evaluators.contract import Answers, Context, Score, Unscored, evaluator

OUTPUT_TYPE = "gen_ai.output.type"


@evaluator("valid_json", "1")
def valid_json(context: Context) -> Answers:
    """Return whether the whole answer is one JSON document (RFC 8259, so without NaN).

    Unscored without an answer, and when the span declares that it asked for another output type.
    """
    if not context.output:
        return Unscored("no answer")
    asked = context.attributes.get(OUTPUT_TYPE, "json")
    if asked != "json":
        return Unscored(f"the call asked for {asked!r}")
    try:
        json.loads(context.output, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return Score(False, str(error))
    return True


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
