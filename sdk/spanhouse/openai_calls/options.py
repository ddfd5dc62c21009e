"""The arguments of a call besides its messages: which the instrumentation writes down, and which say nothing of the span.

An argument that is not in an endpoint's table, or has a form that is not known here, sends the call the long way.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import openai

from spanhouse import conventions
from spanhouse.openai_calls.calls import Attributes

_NUMBERS: Final = frozenset({int, float})
_NOT_GIVEN: Final = frozenset({type(None), openai.NotGiven, openai.Omit})
_SWITCHES: Final = _NOT_GIVEN | {bool}
_RAW_RESPONSE: Final = "x-stainless-raw-response"

Option = Callable[[Attributes, Any], bool]  # notes a value; False sends the call the long way


def note(attributes: Attributes, kwargs: dict[str, Any], *, table: Mapping[str, Option]) -> bool:
    """Notes all arguments; False when one of them is not known here."""
    if type(kwargs.get("stream")) not in _SWITCHES:
        return False
    for name, value in kwargs.items():
        option = table.get(name)
        if option is None:
            return False
        if option is not says_nothing and type(value) not in _NOT_GIVEN and not option(attributes, value):
            return False
    return True


def given(kwargs: dict[str, Any], name: str) -> Any:
    """The argument, or None where it was not given in any of the client's ways not to give it."""
    value = kwargs.get(name)
    return None if type(value) in _NOT_GIVEN else value


def says_nothing(_attributes: Attributes, _value: Any) -> bool:
    """An argument that the instrumentation does not look at."""
    return True


def number(key: str, *, gives_way: bool = False) -> Option:
    """A number; one that ``gives_way`` does not replace what is known already."""

    def option(attributes: Attributes, value: Any) -> bool:
        if type(value) not in _NUMBERS:
            return False
        if not (gives_way and key in attributes):
            attributes[key] = value
        return True

    return option


def stops(attributes: Attributes, value: Any) -> bool:
    """One text that ends the answer, or several."""
    texts = [value] if type(value) is str else value
    if type(texts) is not list:
        return False
    attributes["gen_ai.request.stop_sequences"] = texts
    return True


def choices(attributes: Attributes, value: Any) -> bool:
    """How many answers; one says nothing."""
    if type(value) is not int:
        return False
    if value != 1:
        attributes["gen_ai.request.choice.count"] = value
    return True


def service_tier(attributes: Attributes, value: Any) -> bool:
    """The tier that was asked for; ``auto`` says nothing."""
    if type(value) is not str:
        return False
    if value != "auto":
        attributes["openai.request.service_tier"] = value
    return True


def output_format(attributes: Attributes, value: Any) -> bool:
    """What the answer is to be; both kinds of JSON are JSON."""
    kind = value.get("type") if type(value) is dict else None
    if type(kind) is not str:
        return False
    attributes["gen_ai.output.type"] = "json" if kind in {"json_object", "json_schema"} else kind
    return True


def headers(_attributes: Attributes, value: Any) -> bool:
    """Headers of the application's own; those by which the client asks itself for raw responses go the long way."""
    return type(value) is dict and not any(str(key).lower() == _RAW_RESPONSE for key in value)


# What both endpoints take.
SHARED: Final[dict[str, Option]] = {
    "model": says_nothing,
    "stream": says_nothing,  # ``note`` itself looks at it, and the call notes it
    "stream_options": says_nothing,
    "temperature": number(conventions.REQUEST_TEMPERATURE),
    "top_p": number("gen_ai.request.top_p"),
    "service_tier": service_tier,
    "tools": says_nothing,
    "tool_choice": says_nothing,
    "parallel_tool_calls": says_nothing,
    "top_logprobs": says_nothing,
    "metadata": says_nothing,
    "store": says_nothing,
    "user": says_nothing,
    "safety_identifier": says_nothing,
    "prompt_cache_key": says_nothing,
    "extra_headers": headers,
    "extra_query": says_nothing,
    "timeout": says_nothing,
}
