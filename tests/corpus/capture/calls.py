"""The calls that applications make through the official OpenAI and Anthropic clients: the same ones in every capture.

Runs in the capture's own environment; imports neither client, since not every environment has both.
"""

from __future__ import annotations

from typing import Any

from tests.corpus.capture.replies import CLAUDE, EMBEDDER, MODEL, UNKNOWN_MODEL

SYSTEM = "You are the assistant of a furniture shop. Answer in one sentence."
REFUND = "How long does a refund take?"
ORDER = "Where is order 4711?"
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"order_id": {"type": "string", "description": "The order's number"}},
    "required": ["order_id"],
}
TOOL = {"type": "function", "function": {"name": "get_order", "description": "Looks up an order", "parameters": PARAMETERS}}
CLAUDE_TOOL = {"name": "get_order", "description": "Looks up an order", "input_schema": PARAMETERS}
ORDER_RESULT = '{"arrives": "Friday"}'


def _asked(question: str) -> list[dict[str, Any]]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]


def chat(client: Any) -> None:
    client.chat.completions.create(model=MODEL, messages=_asked(REFUND), temperature=0.2, max_tokens=64)


def stream(client: Any) -> None:
    chunks = client.chat.completions.create(
        model=MODEL, messages=_asked(REFUND), temperature=0.2, stream=True, stream_options={"include_usage": True}
    )
    for _ in chunks:
        pass


def tools(client: Any) -> None:
    """The model asks for a tool and is then told the tool's result: two calls."""
    messages = _asked(ORDER)
    answer = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])
    call = answer.choices[0].message.tool_calls[0]
    function = {"name": call.function.name, "arguments": call.function.arguments}
    messages.append({"role": "assistant", "tool_calls": [{"id": call.id, "type": "function", "function": function}]})
    messages.append({"role": "tool", "tool_call_id": call.id, "content": ORDER_RESULT})
    client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])


def respond(client: Any) -> None:
    client.responses.create(model=MODEL, instructions=SYSTEM, input=REFUND, temperature=0.2, max_output_tokens=64)


def embed(client: Any) -> None:
    client.embeddings.create(model=EMBEDDER, input="refund policy", encoding_format="float")


def fail(client: Any) -> None:
    """A call that the model refuses with 404."""
    try:
        client.chat.completions.create(model=UNKNOWN_MODEL, messages=_asked(REFUND))
    except Exception as error:  # noqa: BLE001 - every version of the client has its own class for it
        assert "does not exist" in str(error), error  # noqa: PT017 - no pytest here
    else:
        raise AssertionError("the model was to refuse")


def all_of_openai(client: Any) -> None:
    for call in (chat, stream, tools, respond, embed, fail):
        call(client)


def claude(client: Any) -> None:
    client.messages.create(model=CLAUDE, max_tokens=64, system=SYSTEM, messages=[{"role": "user", "content": REFUND}])


def claude_stream(client: Any) -> None:
    messages = [{"role": "user", "content": REFUND}]
    with client.messages.stream(model=CLAUDE, max_tokens=64, system=SYSTEM, messages=messages) as stream:
        for _ in stream.text_stream:
            pass


def claude_tools(client: Any) -> None:
    """The model asks for a tool and is then told the tool's result: two calls."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": ORDER}]
    answer = client.messages.create(model=CLAUDE, max_tokens=64, messages=messages, tools=[CLAUDE_TOOL])
    call = answer.content[0]
    asked = {"type": "tool_use", "id": call.id, "name": call.name, "input": call.input}
    told = {"type": "tool_result", "tool_use_id": call.id, "content": ORDER_RESULT}
    messages += [{"role": "assistant", "content": [asked]}, {"role": "user", "content": [told]}]
    client.messages.create(model=CLAUDE, max_tokens=64, messages=messages, tools=[CLAUDE_TOOL])


def all_of_anthropic(client: Any) -> None:
    for call in (claude, claude_stream, claude_tools):
        call(client)
