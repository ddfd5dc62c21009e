"""Brings messages into the GenAI form, a role and parts, from the forms in which OpenAI and Anthropic take them.

Parts of a type that is not known here pass through as they are: the conventions allow any type.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Final

from spanhouse import content, models
from spanhouse.content import CUT_MARK, MOST_VALUES

Message = dict[str, object]
Part = dict[str, object]

_TEXT_KINDS: Final = ("text", "input_text", "output_text")
_MOST_PARTS: Final = MOST_VALUES // 3  # of one message; each is at least itself, its type and what it holds
_MOST_CALLS: Final = MOST_VALUES // 5  # the same of calls, which hold an id, a name and arguments
_MOST_FIRST_VALUES: Final = 100  # of the first message of too many
_MOST_PARSED_CHARS: Final = 100_000  # of arguments in one list of messages: to see what they hold takes a millisecond


def json_of(value: object, *, role: str, limit_chars: int, turn: Callable[[object], object] = lambda item: item) -> str | None:
    """The JSON of messages for a text, a message, or a list of messages; None when the value is none of these.

    A mapping or a pydantic object is a message when it has a ``role`` or ``parts``. ``role`` is for texts; each item goes
    through ``turn`` first.
    """
    if isinstance(value, str):
        value = {"role": role, "content": value}
    is_list = isinstance(value, Sequence) and not isinstance(value, bytes | bytearray)
    given: Sequence[object] = value if is_list else (value,)  # type: ignore[assignment]  # as was just seen
    form = _Form(role)
    return _newest(given, limit_chars, lambda item: form.message(turn(item)))


def bounded(text: str, limit_chars: int) -> str:
    """``content.bounded``, but of too many messages in JSON, whoever wrote it, the newest are kept."""
    if len(text) <= limit_chars:
        return text
    if text.startswith("["):
        try:
            found = json.loads(text)
            written = _newest(found, limit_chars, lambda item: item if type(item) is dict and "role" in item else None)
            return content.json_of(found, limit_chars=limit_chars) if written is None else written
        except (ValueError, RecursionError):  # only looks like it
            return content.cut(text, limit_chars)
    return content.bounded(text, limit_chars)


def _newest(given: Sequence[object], limit_chars: int, message: Callable[[object], Message | None]) -> str | None:
    """The JSON of the messages; None when there are none, or an item is none.

    Of too many the newest are kept, for they hold the question, and the first, which is often the system's.
    """
    copy = content.Copy(limit_chars)
    kept: list[object] = []
    for item in reversed(given):
        found = message(item)
        if found is None:
            return None
        copied = copy.of(found)
        if copy.is_used_up and kept:
            break
        kept.append(copied)
    if left_out := len(given) - len(kept):
        found = message(given[0])
        if found is None:
            return None
        copy.allow_more(_MOST_FIRST_VALUES)
        first = copy.of(found)
        kept += [first] if left_out == 1 else [_mark(left_out - 1), first]
    kept.reverse()
    return copy.written(kept) if kept else None


def _mark(left_out: int) -> Message:
    """What stands in place of so many messages."""
    return {"role": "cut", "parts": [_text(f"{CUT_MARK} {left_out:,} messages")]}


class _Form:
    """Brings the messages of one list into their form."""

    def __init__(self, role: str) -> None:
        self._role = role
        self._parsed_chars_left = _MOST_PARSED_CHARS

    def message(self, value: object) -> Message | None:
        """One message; None for what is none."""
        if type(value) is dict and len(value) == 2 and "role" in value and type(value.get("content")) is str:
            return {"role": value["role"], "parts": [_text(value["content"])]}
        source = _mapping(value)
        if source is None or not ("role" in source or "parts" in source):
            return None
        source.setdefault("role", self._role)
        if "parts" in source:
            return source
        parts = _parts(source.pop("content", None))
        calls = source.pop("tool_calls", None)
        if isinstance(calls, Sequence):
            parts += [self._tool_call(call) for call in islice(calls, _MOST_CALLS)]
        if "tool_call_id" in source:
            parts = [{"type": "tool_call_response", "id": source.pop("tool_call_id"), "response": _one_text(parts)}]
        return {"role": source.pop("role"), "parts": parts, **source}

    def _tool_call(self, call: object) -> object:
        source = _mapping(call)
        function = None if source is None else _mapping(source.get("function"))
        if source is None or function is None:
            return call
        arguments = function.get("arguments")
        return {"type": "tool_call", "id": source.get("id"), "name": function.get("name"), "arguments": self._parsed(arguments)}

    def _parsed(self, arguments: object) -> object:
        """OpenAI sends arguments as JSON text that the model wrote, which need not be valid."""
        if isinstance(arguments, str) and len(arguments) <= self._parsed_chars_left:
            self._parsed_chars_left -= len(arguments)
            try:
                return json.loads(arguments)
            except (ValueError, RecursionError):
                return arguments
        return arguments


def _parts(value: object) -> list[object]:
    if value is None:
        return []
    if isinstance(value, str):
        return [_text(value)]
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_part(item) for item in islice(value, _MOST_PARTS)]
    return [{"type": "text", "content": value}]


def _part(item: object) -> object:
    if isinstance(item, str):
        return _text(item)
    if type(item) is dict and item.get("type") in _TEXT_KINDS and type(item.get("text")) is str:
        return _text(item["text"])
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


def _one_text(parts: list[object]) -> object:
    match parts:
        case [{"type": "text", "content": text}]:
            return text
    return parts


def _text(text: str) -> Part:
    return {"type": "text", "content": text}


def _mapping(value: object) -> dict[str, object] | None:
    """A copy with names as keys, without the fields that a pydantic object leaves empty; None for anything else."""
    if models.is_model(value):
        value = models.dumped(value, most_values=MOST_VALUES, exclude_none=True)
    if type(value) is dict and len(value) <= MOST_VALUES:
        return dict(value)  # names that are no texts become some when it is copied
    if not isinstance(value, Mapping):
        return None
    return {str(key): item for key, item in islice(value.items(), MOST_VALUES)}
