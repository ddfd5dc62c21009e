"""pydantic-ai and Logfire: message lists as JSON on agent spans, older events lists, request and response data."""

from __future__ import annotations

from typing import Any

from spanhouse_collector.ingest.dialects import messages, names, reading
from spanhouse_collector.ingest.dialects.dialect import Dialect, Make, Source, Take
from spanhouse_collector.ingest.dialects.otel import INPUT_EVENTS, OUTPUT_EVENTS
from spanhouse_collector.ingest.dialects.reading import single, strings
from spanhouse_collector.ingest.dialects.rules import body_message, chat, member

_ROLES = {**INPUT_EVENTS, **OUTPUT_EVENTS}


def _from_events(key: str, *, outputs: bool) -> Any:
    """Messages from a JSON list of events (data format 1): choices are what was answered, all others what was asked."""

    def build(source: Source) -> str:
        events = source.decoded(key)
        if not isinstance(events, list):
            return ""
        found = [event for event in events[: reading.MAX_ITEMS] if isinstance(event, dict)]
        chosen = [event for event in found if (event.get("event.name") in OUTPUT_EVENTS) == outputs]
        said = [body_message(_without_frame(event), _role(event)) for event in chosen]
        return reading.encoded(said)

    return build


def _asked(source: Source) -> str:
    """An agent's messages up to its question: those behind it are its calls' and its answer, which stand on their own.

    Of those before it the attribute counts requests; a request becomes one message or two, so that it counts at most too few.
    """
    key = "pydantic_ai.all_messages"
    text = source.attributes.get(key, "")
    value = source.decoded(key)
    said = messages.messages(text if value is None else value, "user") if text else []
    before = reading.number(source.attributes.get("pydantic_ai.new_message_index", "")) or 0
    questions = (at for at, message in enumerate(said) if at >= before and _is_question(message))
    return reading.encoded(said[: next(questions, len(said)) + 1])


def _asked_in_events(source: Source) -> str:
    """The same of an older list of events, which does not say where the agent's run begins."""
    said = reading.decoded(_from_events("all_messages_events", outputs=False)(source)) or []
    questions = (at for at in range(len(said) - 1, -1, -1) if _is_question(said[at]))
    return reading.encoded(said[: next(questions, len(said)) + 1])


def _is_question(message: messages.Message) -> bool:
    return message["role"] == "user" and any(part.get("type") != "tool_call_response" for part in message["parts"])


def _role(event: dict[str, Any]) -> str:
    name = event.get("event.name")
    given = event.get("role")
    return given if isinstance(given, str) else _ROLES.get(name if isinstance(name, str) else "", "user")


def _without_frame(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if not key.startswith(("event.", "gen_ai."))}


def _response(source: Source) -> str:
    """The message in Logfire's response data."""
    data = source.decoded("response_data")
    if not isinstance(data, dict):
        return ""
    said = data.get("message") or data.get("combined_chunk_content") or data.get("text")
    return reading.encoded(messages.messages(said, "assistant"))


def _tools(source: Source) -> str:
    parameters = source.decoded("model_request_parameters")
    found = parameters.get("function_tools") if isinstance(parameters, dict) else None
    if not isinstance(found, list):
        return ""
    return reading.encoded([{"type": "function", **_definition(tool)} for tool in found if isinstance(tool, dict)])


def _definition(tool: dict[str, Any]) -> dict[str, Any]:
    renamed = {"name": "name", "description": "description", "parameters_json_schema": "parameters"}
    return {name: tool[key] for key, name in renamed.items() if tool.get(key) is not None}


#: What no other sender writes.
PYDANTIC_AI = Dialect(
    name="pydantic_ai",
    marks=frozenset({"pydantic_ai.all_messages", "logfire.msg", "logfire.span_type", "gen_ai.aggregated_usage.input_tokens"}),
    scopes=("pydantic-ai", "logfire"),
    fields={
        names.INPUT_MESSAGES: (Make(_asked, ("pydantic_ai.all_messages",)),),
        names.INPUT_TOKENS: (Take("gen_ai.aggregated_usage.input_tokens"),),
        names.OUTPUT_TOKENS: (Take("gen_ai.aggregated_usage.output_tokens"),),
        names.CACHE_READ_TOKENS: (
            Take("gen_ai.usage.details.cache_read_tokens"),
            Take("gen_ai.aggregated_usage.details.cache_read_tokens"),
        ),
        names.CACHE_WRITE_TOKENS: (
            Take("gen_ai.usage.details.cache_write_tokens"),
            Take("gen_ai.aggregated_usage.details.cache_write_tokens"),
        ),
        names.AUDIO_INPUT_TOKENS: (Take("gen_ai.usage.details.input_audio_tokens"),),
        names.AUDIO_CACHE_READ_TOKENS: (Take("gen_ai.usage.details.cache_audio_read_tokens"),),
        names.AUDIO_OUTPUT_TOKENS: (Take("gen_ai.usage.details.output_audio_tokens"),),
        names.WEB_SEARCHES: (Take("gen_ai.usage.details.web_search_requests"),),
        names.REASONING_TOKENS: (Take("gen_ai.usage.details.reasoning_tokens"),),
        names.COST: (Take("operation.cost"),),
        names.TAGS: (Take("logfire.tags", strings),),
        names.TRACE_NAME: (Take("logfire.msg"),),
    },
)
#: Words that mean this only under the scopes of pydantic-ai and Logfire.
PYDANTIC_AI_WORDS = Dialect(
    name="pydantic_ai",
    gated=True,
    scopes=("pydantic-ai", "logfire"),
    objects={"model_config": names.REQUEST_PREFIX, "request_data": names.REQUEST_PREFIX},
    fields={
        names.KIND: (lambda source: "agent" if source.attributes.get("agent_name") and not _is_tool(source) else "",),
        names.REQUEST_MODEL: (member("request_data", "model"), Take("model_name")),
        names.INPUT_MESSAGES: (
            _from_events("events", outputs=False),
            _asked_in_events,
            chat("request_data", "user", only_messages=True),
            chat("prompt", "user"),
        ),
        names.OUTPUT_MESSAGES: (
            _from_events("events", outputs=True),
            _from_events("all_messages_events", outputs=True),
            _response,
            chat("final_result", "assistant"),
        ),
        names.TOOL_DEFINITIONS: (_tools,),
        names.TOOL_ARGUMENTS: (Take("tool_arguments"),),
        names.TOOL_RESULT: (Take("tool_response"),),
        names.AGENT_NAME: (Take("agent_name"),),
        names.FINISH_REASONS: (Take("finish_reason", single),),
    },
)


def _is_tool(source: Source) -> bool:
    return bool(source.attributes.get(names.TOOL_NAME) or source.attributes.get("tool_arguments"))
