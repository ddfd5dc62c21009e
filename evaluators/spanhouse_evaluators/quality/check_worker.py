"""The process in which patterns and JSON Schemas are held against texts: each check has so much time of the processor.

Both can take time that doubles with every letter of a text that somebody chose, or a model wrote, and Python holds all threads up
meanwhile. Run by path, so it imports nothing of ours. Each line of input says a `check`, what it is `by`, and its `items`; each
line of output has `found`: for each item a value and a reason, which says why the value is what it is, or null.
"""

import json
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.exceptions import Unresolvable

LIMIT_S = 0.25
"""Time of the processor for one check: a hundred times what schemas and patterns in use take."""

MAX_MESSAGE_CHARS = 300
"""The validator quotes the offending value, which can be the whole answer."""

Found = tuple[bool | float | None, str]
Check = Callable[[Any], Found]
Tools = Mapping[str, Draft202012Validator | str]
"""By name, what checks the arguments, or what is wrong with their schema."""


class TooLongError(Exception):
    """The check's time is over."""


def by_pattern(pattern: str) -> Check:
    """Whether a text has the pattern in it."""
    compiled = re.compile(pattern)
    return lambda text: (compiled.search(text) is not None, "")


def by_schema(schema: Any) -> Check:
    """Whether a text is JSON that fits the schema; with what is wrong, or ''."""
    validator = _validator(schema)

    def check(text: str) -> Found:
        try:
            document = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            return False, f"not JSON: {error}"
        fault = next(validator.iter_errors(document), None)
        return (True, "") if fault is None else (False, f"{fault.json_path}: {fault.message}"[:MAX_MESSAGE_CHARS])

    return check


def by_definitions(definitions: str) -> Check:
    """Which share of the calls in messages fits the definitions of tools; None with the reason where there is no share."""
    return lambda messages: _share(definitions, messages)


CHECKS: Mapping[str, Callable[[Any], Check]] = {"pattern": by_pattern, "schema": by_schema, "definitions": by_definitions}


def _validator(schema: Any) -> Draft202012Validator:
    # A registry of its own: else a `$ref` in what somebody sent would be fetched from wherever it points to.
    return Draft202012Validator(schema, registry=Registry())


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _share(definitions: str, messages: str) -> Found:
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
            return None, f"the parameters of {name!r} cannot be checked: {error}"[:MAX_MESSAGE_CHARS]
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
    return _validator(parameters)


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
    return f"{name!r}, {fault.json_path}: {fault.message}"[:MAX_MESSAGE_CHARS] if fault else ""


def _within_limit(check: Check, item: Any) -> Found:
    """Return what the check says, or that it took too long: of the processor's time, so that a busy machine changes nothing."""
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
    try:
        return check(item)
    except TooLongError:
        return None, "checking takes too long"
    except Exception as error:  # noqa: BLE001 - the evaluator boundary, on this side of the pipe
        return None, f"cannot be checked: {type(error).__name__}: {error}"[:MAX_MESSAGE_CHARS]
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _is_over(_number: int, _frame: object) -> NoReturn:
    raise TooLongError


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGVTALRM, _is_over)
    for line in sys.stdin:
        asked = json.loads(line)
        check = CHECKS[asked["check"]](asked["by"])
        sys.stdout.write(json.dumps({"found": [_within_limit(check, item) for item in asked["items"]]}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
