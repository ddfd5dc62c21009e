"""Whether the answer is JSON that fits a schema."""

import hashlib
import json
from collections.abc import Mapping

import polars as pl
from jsonschema import Draft202012Validator

from spanhouse_evaluators.frames import FrameEvaluator, answer, frame_evaluator
from spanhouse_evaluators.quality.checks import check


def json_schema(schema: Mapping[str, object]) -> FrameEvaluator:
    """Return an evaluator for a JSON Schema (draft 2020-12).

    Raises jsonschema's `SchemaError` when the schema itself is wrong.
    """
    Draft202012Validator.check_schema(schema)

    # Another schema is another question, so its answers are another version.
    version = hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()[:12]

    @frame_evaluator("json_schema", version, higher_is_better=True)
    def judge(frame: pl.DataFrame) -> pl.DataFrame:
        found = check("schema", by=schema, items=frame["output"].to_list())
        return answer(found["value"], unless={"no answer": frame["output"] == ""}, reason=found["reason"])

    return judge
