"""The Responses API: what its requests, answers and events say.

A request whose answer may hold what OpenAI's servers did by themselves (searches, code, other people's tools) goes the long way.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Final

from openai.types import responses as types

from spanhouse import content, conventions
from spanhouse.openai_calls import options, texts
from spanhouse.openai_calls.calls import Attributes, Failure

_OPTIONS: Final = options.SHARED | {
    "input": options.says_nothing,
    "instructions": options.says_nothing,
    "max_output_tokens": options.number(conventions.REQUEST_MAX_TOKENS),
    "text": lambda attributes, value: (
        type(value) is dict and (value.get("format") is None or options.output_format(attributes, value["format"]))
    ),
    "reasoning": options.says_nothing,
    "include": options.says_nothing,
    "previous_response_id": options.says_nothing,
    "max_tool_calls": options.says_nothing,
    "truncation": options.says_nothing,
}
_ITEM_FIELDS: Final = frozenset({"type", "role", "content", "name", "id", "status", "phase"})
_CALL_DONE: Final = frozenset({None, "completed", "incomplete"})
_FINISHED: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})
_REASONS: Final = {"completed": "stop", "failed": "error", "cancelled": "error", "incomplete": "incomplete"}
_CUT_SHORT: Final = {"max_output_tokens": "length"}
_ASSISTANT: Final = "assistant"


class InResponses:
    """The endpoint. ``limit_chars`` of 0 captures no texts; longer ones are cut."""

    # Of hundreds of events in a stream, those that ``_Listener`` looks at.
    heard: ClassVar[frozenset[type]] = frozenset(
        {
            types.ResponseCreatedEvent,
            types.ResponseQueuedEvent,
            types.ResponseInProgressEvent,
            types.ResponseCompletedEvent,
            types.ResponseIncompleteEvent,
            types.ResponseFailedEvent,
            types.ResponseErrorEvent,
        }
    )

    def __init__(self, limit_chars: int) -> None:
        self._limit_chars = limit_chars
        self.listener = partial(_Listener, self)

    def request(self, kwargs: dict[str, Any]) -> Attributes | None:
        model, tools = kwargs.get("model"), options.given(kwargs, "tools") if "tools" in kwargs else None
        defined = "" if tools is None else texts.function_tools(tools, within=None, limit_chars=self._limit_chars)
        if type(model) is not str or defined is None:
            return None
        attributes: Attributes = {
            conventions.OPERATION: "chat",
            conventions.PROVIDER: "openai",
            conventions.REQUEST_MODEL: model,
            "openai.api.type": "responses",
        }
        if not options.note(attributes, kwargs, table=_OPTIONS):
            return None
        if self._limit_chars:
            if not self._add_texts(attributes, kwargs):
                return None
            if defined:
                attributes[conventions.TOOL_DEFINITIONS] = defined
        return attributes

    def _add_texts(self, attributes: Attributes, kwargs: dict[str, Any]) -> bool:
        said, given = options.given(kwargs, "instructions") if "instructions" in kwargs else None, kwargs.get("input")
        try:
            sent = _asked(given, self._limit_chars) if type(given) is str else _sent(given, self._limit_chars)
        except texts.TooLongError:
            sent = texts.cut_short(given, limit_chars=self._limit_chars, turn=_turn)
        if sent is None or not (said is None or type(said) is str):
            return False
        if sent:
            attributes[conventions.INPUT_MESSAGES] = sent
        if said is not None:
            attributes[conventions.SYSTEM_INSTRUCTIONS] = f"[{texts.text_part(content.cut(said, self._limit_chars))}]"
        return True

    def answer(self, attributes: Attributes, answer: Any) -> Failure | None:
        told = answer.__dict__  # gives a value in a third of the time that the client's model takes
        if told["model"]:
            attributes[conventions.RESPONSE_MODEL] = told["model"]
        if told["id"]:
            attributes[conventions.RESPONSE_ID] = told["id"]
        if told["service_tier"] is not None:
            attributes["openai.response.service_tier"] = told["service_tier"]
        if told["usage"] is not None:
            _add_usage(attributes, told["usage"])
        reasons = _reasons(told)
        if reasons:
            attributes[conventions.RESPONSE_FINISH_REASONS] = tuple(reasons)
        if self._limit_chars and (said := self._said(told["output"])):
            attributes[conventions.OUTPUT_MESSAGES] = f"[{','.join(said)}]"
        return None if told["error"] is None else (told["error"].code, told["error"].message)

    def _said(self, items: Sequence[Any]) -> list[str]:
        """The messages of the answer; calls of tools belong to the message before them."""
        turns: list[tuple[str, list[str], str]] = []
        for item in items:
            told = item.__dict__  # as in ``answer``
            if told["type"] == "message" and told["status"] in _REASONS:
                parts = []
                for part in told["content"]:
                    text = part.text if part.type == "output_text" else part.refusal
                    parts.append(
                        texts.text_part(text if len(text) <= self._limit_chars else content.cut(text, self._limit_chars))
                    )
                turns.append((told["role"], parts, _REASONS[told["status"]]))
            elif told["type"] == "function_call" and told["status"] in _CALL_DONE:
                call = texts.tool_call(
                    item.call_id or item.id, item.name, arguments=item.arguments, limit_chars=self._limit_chars
                )
                before = turns.pop() if turns and turns[-1][2] in {"stop", "tool_call"} else (_ASSISTANT, [], "")
                turns.append((before[0], [*before[1], call], "tool_call"))
        return [texts.answer(role, parts, reason=reason) for role, parts, reason in turns]


class _Listener:
    """Waits for the event that holds the whole answer."""

    def __init__(self, endpoint: InResponses) -> None:
        self._endpoint = endpoint
        self._model: str | None = None
        self._whole: Any = None
        self._failure: Failure | None = None

    def note(self, chunk: Any) -> bool:
        told = chunk.__dict__  # as in ``answer``
        kind = told["type"]
        if kind in _FINISHED:
            self._whole = told["response"]
            self._failure = ("response.failed", None) if kind == "response.failed" else None
            return True
        if kind == "error":
            self._failure = (told["code"] or "error", told["message"] or None)
            return True
        if self._model is None and "response" in told:
            self._model = told["response"].model
        return False

    def write(self, attributes: Attributes) -> Failure | None:
        if self._whole is None:
            if self._model is not None:
                attributes[conventions.RESPONSE_MODEL] = self._model
            return self._failure
        return self._endpoint.answer(attributes, self._whole) or self._failure


def _asked(text: str, limit_chars: int) -> str:
    """The messages of an input that is one text. Raises over the limit."""
    if len(text) <= limit_chars and len(text) <= texts.LONGEST_CHARS:
        # All of it here, as in chat completions.
        whole = f'[{{"role":"user","parts":[{{"content":{texts.quoted(text)},"type":"text"}}],"name":null}}]'
        if len(whole) <= limit_chars:
            return whole
    raise texts.TooLongError


def _sent(items: Any, limit_chars: int) -> str | None:
    """The messages of an input of items; None for a form that is not known here. Raises over the limit."""
    written = _items(items, limit_chars)
    return None if written is None else texts.listed(written, limit_chars)


def _items(items: Any, limit_chars: int) -> list[str] | None:
    """The messages of an input; None when an item has a form that is not known here. Raises over the limit."""
    if type(items) is not list:
        return None
    texts.look_ahead(items, limit_chars)
    written: list[str] = []
    calls: list[str] = []  # those that follow each other are one turn
    chars_left = limit_chars
    for item in items:
        known = texts.fields(item)
        if known is None:
            return None
        if chars_left < 0:
            raise texts.TooLongError
        if known.get("type") == "function_call":
            call_id, arguments = known.get("call_id") or known.get("id"), known.get("arguments")
            calls.append(texts.tool_call(call_id, known.get("name"), arguments=arguments, limit_chars=chars_left))
            chars_left -= len(calls[-1])
            continue
        one = _item(known, chars_left)
        if one is None:
            return None
        if one and calls:
            written.append(texts.message(_ASSISTANT, calls))
            calls = []
        written += [one] if one else []
        chars_left -= len(one)
    return [*written, texts.message(_ASSISTANT, calls)] if calls else written


def _item(known: dict[str, Any], limit_chars: int) -> str | None:
    """The JSON of one item but a call of a tool; "" for one that says nothing."""
    if known.get("type") == "function_call_output":
        response = known.get("output")
        if type(response) is not str:
            return None
        part = texts.tool_response(known.get("call_id") or known.get("id"), response, limit_chars=limit_chars)
        return texts.message("tool", [part])
    role, name = known.get("role"), known.get("name")
    if (
        known.get("type") not in {None, "message"}
        or type(role) is not str
        or any(known[key] for key in known.keys() - _ITEM_FIELDS)
    ):
        return None
    parts = texts.content_parts(known.get("content"), limit_chars)
    if parts is None or not (name is None or type(name) is str):
        return None
    return texts.message(role, parts, name=name) if parts else ""


def _turn(item: Any) -> dict[str, Any] | None:
    """An item as a message; None for a form that is not known here."""
    known = texts.fields(item)
    if known is None:
        return None
    call_id = known.get("call_id") or known.get("id")
    if known.get("type") == "function_call":
        call = {"type": "tool_call", "id": call_id, "name": known.get("name"), "arguments": known.get("arguments")}
        return {"role": _ASSISTANT, "parts": [call]}
    if known.get("type") == "function_call_output":
        return {"role": "tool", "parts": [{"type": "tool_call_response", "id": call_id, "response": known.get("output")}]}
    return known


def _reasons(told: dict[str, Any]) -> list[str]:
    """Why an answer stopped: one reason for all of it, or one for each kind of item that has its own."""
    whole, details = _REASONS.get(told["status"]), told["incomplete_details"]
    if told["status"] == "incomplete" and details is not None and details.reason:
        whole = _CUT_SHORT.get(details.reason, details.reason)
    if told["status"] != "completed" or whole is None:
        return [] if whole is None else [whole]
    found: dict[str, None] = {}
    for item in told["output"]:
        said = item.__dict__
        kind = said["type"]
        if kind == "function_call" and said["status"] in _CALL_DONE:
            found["tool_calls"] = None
        elif kind == "message" and said["status"] in _REASONS:
            found[_REASONS[said["status"]]] = None
    return list(found) or [whole]


def _add_usage(attributes: Attributes, usage: Any) -> None:
    used = usage.__dict__
    if used["input_tokens"] is not None:
        attributes[conventions.INPUT_TOKENS] = used["input_tokens"]
    if used["output_tokens"] is not None:
        attributes[conventions.OUTPUT_TOKENS] = used["output_tokens"]
    if used["input_tokens_details"] is not None:
        read = used["input_tokens_details"].__dict__
        if read["cached_tokens"]:
            attributes[conventions.CACHE_READ_TOKENS] = read["cached_tokens"]
        if tokens := read.get("cache_write_tokens"):  # older clients and servers have none
            attributes[conventions.CACHE_WRITE_TOKENS] = tokens
    if used["output_tokens_details"] is not None and (tokens := used["output_tokens_details"].__dict__["reasoning_tokens"]):
        attributes[conventions.REASONING_TOKENS] = tokens
