"""Brings messages into the GenAI form, a role and parts, from the forms in which OpenAI and Anthropic take them.

Parts of a type that is not known here pass through as they are: the conventions allow any type.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import islice

from spanhouse.content import MOST_VALUES

Message = dict[str, object]
Part = dict[str, object]


def messages_of(value: object, *, role: str) -> list[Message] | None:
    """Messages for a text, a message, or a list of messages; None when the value is none of these.

    A mapping or a pydantic object is a message when it has a ``role`` or ``parts``. ``role`` is for texts.
    """
    if isinstance(value, str):
        return [{"role": role, "parts": [_text(value)]}]
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        messages: list[Message] = []
        values = 0
        for item in islice(value, MOST_VALUES):
            message = _message(item, role)
            if message is None:
                return None
            messages.append(message)
            values += _values_in(message)
            if values > MOST_VALUES:  # what is beyond is not written anyway
                break
        return messages or None
    message = _message(value, role)
    return None if message is None else [message]


def _message(value: object, role: str) -> Message | None:
    source = _mapping(value)
    if source is None or not ("role" in source or "parts" in source):
        return None
    source.setdefault("role", role)
    if "parts" in source:
        return source
    parts = _parts(source.pop("content", None))
    calls = source.pop("tool_calls", None)
    if isinstance(calls, Sequence):
        parts += [_tool_call(call) for call in calls]
    if "tool_call_id" in source:
        parts = [{"type": "tool_call_response", "id": source.pop("tool_call_id"), "response": _one_text(parts)}]
    return {"role": source.pop("role"), "parts": parts, **source}


def _values_in(message: Message) -> int:
    """How many values it has at least: itself and its members, and its parts with theirs."""
    parts = message["parts"]
    listed = parts if isinstance(parts, list) else ()
    return 1 + len(message) + sum(1 + len(part) if isinstance(part, dict) else 1 for part in listed)


def _parts(content: object) -> list[object]:
    if content is None:
        return []
    if isinstance(content, str):
        return [_text(content)]
    if isinstance(content, Sequence) and not isinstance(content, bytes | bytearray):
        return [_part(item) for item in content]
    return [{"type": "text", "content": content}]


def _part(item: object) -> object:
    if isinstance(item, str):
        return _text(item)
    source = _mapping(item)
    if source is None:
        return item
    part: Part
    match source:
        case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
            part = _text(text)
        case {"type": "image_url", "image_url": {"url": url}}:
            part = {"type": "uri", "modality": "image", "uri": url}
        case {"type": "tool_use", "id": id, "name": name, "input": arguments}:
            part = {"type": "tool_call", "id": id, "name": name, "arguments": arguments}
        case {"type": "tool_result", "tool_use_id": id}:
            part = {"type": "tool_call_response", "id": id, "response": _one_text(_parts(source.get("content")))}
        case {"type": "thinking", "thinking": thought}:
            part = {"type": "reasoning", "content": thought}
        case _:
            part = source
    return part


def _tool_call(call: object) -> object:
    source = _mapping(call)
    function = None if source is None else _mapping(source.get("function"))
    if source is None or function is None:
        return call
    arguments = function.get("arguments")
    return {"type": "tool_call", "id": source.get("id"), "name": function.get("name"), "arguments": _parsed(arguments)}


def _parsed(arguments: object) -> object:
    """OpenAI sends arguments as JSON text that the model wrote, which need not be valid."""
    if isinstance(arguments, str):
        try:
            return json.loads(arguments)
        except ValueError:
            return arguments
    return arguments


def _one_text(parts: list[object]) -> object:
    match parts:
        case [{"type": "text", "content": text}]:
            return text
    return parts


def _text(text: str) -> Part:
    return {"type": "text", "content": text}


def _mapping(value: object) -> dict[str, object] | None:
    """A copy with names as keys, without the fields that a pydantic object leaves empty; None for anything else."""
    if callable(getattr(type(value), "model_dump", None)):  # of the class: an instance may answer to any name
        value = value.model_dump(exclude_none=True)  # type: ignore[attr-defined]  # found above
    if not isinstance(value, Mapping):
        return None
    return {str(key): item for key, item in islice(value.items(), MOST_VALUES)}
