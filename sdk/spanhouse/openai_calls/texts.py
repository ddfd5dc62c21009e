"""The JSON of messages and tools, as OpenTelemetry's instrumentation writes it.

By hand where it is one text: an encoder takes ten times as long to find that there is no more to it. None always means a form
that is not known here.
"""

import json
import marshal
from collections.abc import Callable, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final

import openai

from spanhouse import content, messages

quoted: Final = encode_basestring_ascii
_encoded: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_decoded: Final = json.JSONDecoder().raw_decode
_JSON_SPACE: Final = " \t\n\r"
_TOOL_SETS: Final = 32
_MANY_TOOLS: Final = 128  # OpenAI takes no more
_WITHOUT_REFERENCES: Final = 2  # the version of marshal's format in which equal values have equal bytes
LONGEST_CHARS: Final = 1_000_000  # of one text, whatever the limit is; quoting them takes two milliseconds, in many languages ten
_MOST_MESSAGES: Final = 1_000  # and parts, and calls: written one by one, which takes a millisecond
FEW_MESSAGES: Final = 50  # not worth a look ahead
_AROUND_CHARS: Final = 60  # of a message, around its text
_LONGEST_JSON_CHARS: Final = 100_000  # to see whether it is JSON takes a millisecond; what is longer stands as a text
_TEXT_KINDS: Final = frozenset({"text", "input_text", "output_text"})


class TooLongError(Exception):
    """A request holds more text than can be written while the application waits."""


def look_ahead(given: Sequence[Any], limit_chars: int) -> None:
    """Raises when messages or items are too many, or their texts too long together: before any of them is written for nothing."""
    if len(given) <= FEW_MESSAGES:
        return
    if len(given) > _MOST_MESSAGES:
        raise TooLongError
    chars = 0
    for item in given:
        if type(item) is dict and type(text := item.get("content")) is str:
            chars += len(text) + _AROUND_CHARS
    if chars > limit_chars:
        raise TooLongError


def sent_part(text: str, limit_chars: int) -> str:
    """A part of a request that is a text."""
    if len(text) > limit_chars or len(text) > LONGEST_CHARS:
        raise TooLongError
    return text_part(text)


def cut_short(given: Any, *, limit_chars: int, turn: Callable[[Any], object] = lambda item: item) -> str | None:
    """The JSON of a request's messages with their texts cut to fit; they are looked at only so far."""
    return messages.json_of(given, role="user", limit_chars=limit_chars, turn=turn)


def fields(value: Any) -> dict[str, Any] | None:
    """What a message has, whether it is a mapping or what the client itself gave as an answer before."""
    if type(value) is dict:
        return value
    return vars(value) if isinstance(value, openai.BaseModel) else None


def text_part(text: str) -> str:
    """A part that is a text."""
    return f'{{"content":{quoted(text)},"type":"text"}}'


def message(role: str, parts: Sequence[str], *, name: str | None = None) -> str:
    """A message of an input."""
    return f'{{"role":{quoted(role)},"parts":[{",".join(parts)}],"name":{_or_null(name)}}}'


def answer(role: str, parts: Sequence[str], *, reason: str) -> str:
    """A message of an output."""
    return f'{{"role":{quoted(role)},"parts":[{",".join(parts)}],"finish_reason":{quoted(reason)},"name":null}}'


def listed(written: Sequence[str], limit_chars: int) -> str:
    """The list of messages; "" for none. Raises over the limit."""
    whole = f"[{','.join(written)}]" if written else ""
    if len(whole) > limit_chars:
        raise TooLongError
    return whole


def tool_call(id: str | None, name: str | None, *, arguments: str | None, limit_chars: int) -> str:
    """A part that asks for a tool; arguments are JSON as the model wrote it, which need not be valid. Cut at the limit."""
    if not arguments:
        written = "null"
    elif len(arguments) <= min(_LONGEST_JSON_CHARS, limit_chars) and _is_json(arguments):
        written = arguments
    else:
        written = quoted(content.cut(arguments, min(LONGEST_CHARS, limit_chars)))
    return f'{{"arguments":{written},"name":{_or_null(name)},"id":{_or_null(id)},"type":"tool_call"}}'


def _is_json(text: str) -> bool:
    if "NaN" in text or "Infinity" in text:  # what Python reads and JSON does not know
        return False
    bare = text.strip(_JSON_SPACE)
    try:
        return _decoded(bare)[1] == len(bare)
    except (ValueError, RecursionError):
        return False


def tool_response(id: str | None, response: str, *, limit_chars: int) -> str:
    """A part of a request that is a tool's answer."""
    if len(response) > limit_chars or len(response) > LONGEST_CHARS:
        raise TooLongError
    return f'{{"response":{quoted(response)},"id":{_or_null(id)},"type":"tool_call_response"}}'


def content_parts(value: Any, limit_chars: int) -> list[str] | None:
    """The parts of a message's content, when it is a text or a list of them. Raises over the limit."""
    if value is None:
        return []
    if type(value) is str:
        return [sent_part(value, limit_chars)]
    if type(value) is not list:
        return None
    if len(value) > _MOST_MESSAGES:
        raise TooLongError
    parts = []
    for item in value:
        if type(item) is not dict or item.get("type") not in _TEXT_KINDS or type(item.get("text")) is not str:
            return None
        parts.append(sent_part(item["text"], limit_chars))
        limit_chars -= len(parts[-1])
    return parts


def sent_calls(asked: Any, limit_chars: int) -> list[str]:
    """The parts of a request that ask for tools. Raises over the limit."""
    if len(asked) > _MOST_MESSAGES:
        raise TooLongError
    written = []
    for call in asked:
        written.append(_call(call, limit_chars))
        limit_chars -= len(written[-1])
        if limit_chars < 0:
            raise TooLongError
    return written


def calls(asked: Sequence[Any], limit_chars: int) -> list[str]:
    """The parts of an answer that ask for tools."""
    return [_call(call, limit_chars) for call in asked]


def _call(call: Any, limit_chars: int) -> str:
    """A part that asks for a tool, from a mapping or what the client itself gave."""
    known = call if type(call) is dict else vars(call)
    function = known.get("function") or {}
    named = function if type(function) is dict else vars(function)
    return tool_call(known.get("id"), named.get("name") or "", arguments=named.get("arguments"), limit_chars=limit_chars)


def function_tools(tools: Any, *, within: str | None, limit_chars: int) -> str | None:
    """Definitions of functions, which stand in the tools or ``within`` a member of each; "" when there are none.

    Only of many, the last are left out over the limit.
    """
    try:
        if type(tools) is list and len(tools) > _MANY_TOOLS:
            return _first_tools(tools, within, limit_chars)
        return _function_tools(marshal.dumps(tools, _WITHOUT_REFERENCES), within)
    except (TypeError, ValueError):  # something in it is no plain data
        return None


def _first_tools(tools: list[Any], within: str | None, limit_chars: int) -> str | None:
    """What can be written of many. To find out whether they are those of the last call takes longer than that."""
    functions = _functions(tools, within)
    if functions is None:
        return None
    written: list[str] = []
    for function in functions:
        written.append(_encoded(_definition(function)))
        limit_chars -= len(written[-1]) + 1
        if limit_chars < 0:
            written[-1] = _encoded(content.CUT_MARK)
            break
    return f"[{','.join(written)}]"


@lru_cache(maxsize=_TOOL_SETS)  # an application offers the same tools in every call
def _function_tools(marshalled: bytes, within: str | None) -> str | None:
    tools = marshal.loads(marshalled)  # noqa: S302 - from this process a moment ago
    functions = _functions(tools, within)
    if functions is None:
        return None
    return _encoded([_definition(function) for function in functions]) if functions else ""


def _functions(tools: Any, within: str | None) -> list[dict[str, Any]] | None:
    if type(tools) is not list or any(type(tool) is not dict or tool.get("type") != "function" for tool in tools):
        return None
    functions = [tool.get(within) if within else tool for tool in tools]
    return None if any(type(function) is not dict for function in functions) else functions


def _definition(function: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": function.get("name") or "",
        "description": function.get("description"),
        "parameters": function.get("parameters"),
        "type": "function",
    }


def _or_null(text: str | None) -> str:
    return "null" if text is None else quoted(text)
