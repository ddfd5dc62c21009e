"""Whether the tool calls of an answer could be carried out as they stand."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from spanhouse_evaluators.contract import Answers, Context, Score, Unscored, evaluator

DEFINITIONS = "gen_ai.tool.definitions"
OUTPUT_MESSAGES = "gen_ai.output.messages"


@evaluator("tool_calls", "1", bounds=(0.0, 1.0))
def tool_calls(context: Context) -> Answers:
    """Return the share of calls that name a defined tool and fit its parameters' schema.

    Reads both attributes as the OpenTelemetry GenAI conventions define them. Unscored without
    calls or without definitions.
    """
    tools = dict(_definitions(_document(context.attributes.get(DEFINITIONS))))
    if not tools:
        return Unscored("no tool definitions")
    calls = list(_calls(_document(context.attributes.get(OUTPUT_MESSAGES))))
    if not calls:
        return Unscored("no tool calls")
    faults = [fault for call in calls if (fault := _fault(call, tools))]
    return Score(1 - len(faults) / len(calls), faults[0] if faults else "")


def _document(value: object) -> list[object]:
    """Return the list that an attribute holds, as a structure or as JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return list(value) if isinstance(value, list | tuple) else []


def _definitions(tools: list[object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    for tool in tools:
        if isinstance(tool, dict):
            # Applications often record OpenAI's form, which wraps the definition.
            wrapped = tool.get("function")
            definition = wrapped if isinstance(wrapped, dict) else tool
            parameters = definition.get("parameters")
            yield (
                str(definition.get("name", "")),
                parameters if isinstance(parameters, dict) else {},
            )


def _calls(messages: list[object]) -> Iterator[Mapping[str, object]]:
    for message in messages:
        parts = message.get("parts") if isinstance(message, dict) else None
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict) and part.get("type") == "tool_call":
                yield part


def _fault(call: Mapping[str, object], tools: Mapping[str, Mapping[str, object]]) -> str:
    name = str(call.get("name", ""))
    if name not in tools:
        return f"{name!r} is not a defined tool"
    arguments: Any = call.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError as error:
            return f"the arguments of {name!r} are not JSON: {error}"
    try:
        fault = next(Draft202012Validator(tools[name]).iter_errors(arguments or {}), None)
    except SchemaError as error:
        return f"the parameters of {name!r} are not a JSON schema: {error.message}"
    return f"{name!r}, {fault.json_path}: {fault.message}" if fault else ""
