"""Whether the tool calls of an answer could be carried out as they stand."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import polars as pl
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

from spanhouse_evaluators.frames import answer, frame_evaluator

Tools = Mapping[str, Draft202012Validator | str]
"""By name, what checks the arguments, or what is wrong with their schema."""


@frame_evaluator("tool_calls", "2", bounds=(0.0, 1.0), higher_is_better=True)
def tool_calls(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the share of calls that name a defined tool and fit its parameters' schema.

    Reads the attributes `gen_ai.tool.definitions` and `gen_ai.output.messages` as the OpenTelemetry GenAI conventions define
    them, and OpenAI's form of both. Unscored without calls, without definitions, and where a schema cannot be read.
    """
    found: list[tuple[float | None, str]] = [(None, "no tool definitions")] * frame.height
    for row in (frame["tool_definitions"] != "").arg_true().to_list():
        found[row] = _share(frame["tool_definitions"][row], frame["output_messages"][row])
    rows = pl.DataFrame(found, schema={"value": pl.Float64, "reason": pl.String}, orient="row")
    return answer(rows["value"], reason=rows["reason"])


def _share(definitions: str, messages: str) -> tuple[float | None, str]:
    tools = _tools(definitions)
    if not tools:
        return None, "no tool definitions"
    calls = list(_calls(_document(messages)))
    if not calls:
        return None, "no tool calls"
    faults = list[str]()
    for name, arguments in calls:
        checker = tools.get(name, f"{name!r} is not a defined tool")
        if isinstance(checker, str) and name in tools:
            return None, checker
        try:
            fault = checker if isinstance(checker, str) else _fault(name, arguments, checker)
        except (Unresolvable, RecursionError, re.error) as error:
            return None, f"the parameters of {name!r} cannot be checked: {error}"[:300]
        faults += [fault] if fault else []
    return 1 - len(faults) / len(calls), faults[0] if faults else ""


# An application sends the same definitions with every call, and reading them takes longer than a check.
@lru_cache(maxsize=64)
def _tools(definitions: str) -> Tools:
    return {name: _checker(name, parameters) for name, parameters in _definitions(_document(definitions))}


def _checker(name: str, parameters: Mapping[str, object]) -> Draft202012Validator | str:
    try:
        Draft202012Validator.check_schema(parameters)
    except (SchemaError, RecursionError) as error:
        return f"the parameters of {name!r} are not a JSON schema: {getattr(error, 'message', error)}"
    # A registry of its own: else a `$ref` in what somebody sent would be fetched from wherever it points to.
    return Draft202012Validator(parameters, registry=Registry())


def _document(text: str) -> list[object]:
    """Return the list that an attribute holds as JSON text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return value if isinstance(value, list) else []


def _definitions(tools: list[object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for tool in tools:
        if isinstance(tool, dict):
            # Applications often record OpenAI's form, which wraps the definition; Anthropic's names the schema otherwise.
            wrapped = tool.get("function")
            definition = wrapped if isinstance(wrapped, dict) else tool
            parameters = definition.get("parameters", definition.get("input_schema"))
            yield str(definition.get("name", "")), parameters if isinstance(parameters, dict) else {}


def _calls(messages: list[object]) -> Iterator[tuple[str, object]]:
    """Yield the name and the arguments of each call."""
    for message in messages:
        if isinstance(message, dict):
            parts = message.get("parts")
            for part in parts if isinstance(parts, list) else []:
                if isinstance(part, dict) and part.get("type") == "tool_call":
                    yield str(part.get("name", "")), part.get("arguments")
            calls = message.get("tool_calls")
            for call in calls if isinstance(calls, list) else []:
                function = call.get("function") if isinstance(call, dict) else None
                if isinstance(function, dict):
                    yield str(function.get("name", "")), function.get("arguments")


def _fault(name: str, arguments: Any, checker: Draft202012Validator) -> str:
    if isinstance(arguments, str) and arguments.strip():
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError) as error:
            return f"the arguments of {name!r} are not JSON: {error}"
    # A tool without parameters is often called with nothing at all.
    given = {} if arguments is None or arguments == "" else arguments
    if not isinstance(given, dict):
        return f"the arguments of {name!r} are no object"
    fault = next(checker.iter_errors(given), None)
    return f"{name!r}, {fault.json_path}: {fault.message}"[:300] if fault else ""
