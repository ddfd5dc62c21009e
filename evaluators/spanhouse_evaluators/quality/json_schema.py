"""Whether the answer is JSON that fits a schema."""

import hashlib
import json
from collections.abc import Mapping

from jsonschema import Draft202012Validator
from referencing import Registry

from spanhouse_evaluators.contract import (
    Answers,
    Context,
    FunctionEvaluator,
    Score,
    Unscored,
    evaluator,
)
from spanhouse_evaluators.quality.valid_json import refuse

MAX_MESSAGE_CHARS = 300
"""The validator quotes the offending value, which can be the whole answer."""


def json_schema(schema: Mapping[str, object]) -> FunctionEvaluator:
    """Return an evaluator for a JSON Schema (draft 2020-12).

    Raises jsonschema's `SchemaError` when the schema itself is wrong.
    """
    Draft202012Validator.check_schema(schema)
    # A registry of its own: else a `$ref` to another address would be fetched.
    validator = Draft202012Validator(schema, registry=Registry())

    # Another schema is another question, so its answers are another version.
    @evaluator("json_schema", hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()[:12], higher_is_better=True)
    def judge(context: Context) -> Answers:
        if not context.output:
            return Unscored("no answer")
        try:
            document = json.loads(context.output, parse_constant=refuse)
        except (ValueError, RecursionError) as error:
            return Score(False, f"not JSON: {error}")
        fault = next(validator.iter_errors(document), None)
        if fault is None:
            return True
        return Score(False, f"{fault.json_path}: {fault.message}"[:MAX_MESSAGE_CHARS])

    return judge
