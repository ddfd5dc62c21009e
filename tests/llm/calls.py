"""One question to a model through the official OpenAI client, and what the server itself said about its answer.

What the server said is the truth that spans and stored rows are compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionMessageParam

SYSTEM = "You are the support assistant of a furniture shop. Answer in one sentence."
QUESTION = "How long does a refund take? – “als Antwort genügt ein Satz” ✓"
_MAX_TOKENS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """An answer as the server reported it; `output_tokens` counts what it generated."""

    response_id: str
    model: str
    text: str
    finish_reason: str
    input_tokens: int
    output_tokens: int


def ask(client: openai.OpenAI, model: str, *, stream: bool) -> Reported:
    """Asks QUESTION under SYSTEM at temperature 0; the answer is cut at 24 tokens."""
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": QUESTION},
    ]
    if stream:
        return _streamed(client, model, messages)
    answer = client.chat.completions.create(model=model, messages=messages, max_tokens=_MAX_TOKENS, temperature=0)
    choice = answer.choices[0]
    return _reported(answer.id, answer.model, choice.message.content, choice.finish_reason, answer.usage)


def _streamed(client: openai.OpenAI, model: str, messages: list[ChatCompletionMessageParam]) -> Reported:
    texts: list[str] = []
    response_id, answered_by, finish_reason, usage = "", "", "", None
    with client.chat.completions.create(
        model=model,
        messages=messages,
        max_tokens=_MAX_TOKENS,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    ) as chunks:
        for chunk in chunks:
            response_id, answered_by, usage = chunk.id, chunk.model, chunk.usage or usage
            for choice in chunk.choices:
                texts.append(choice.delta.content or "")
                finish_reason = choice.finish_reason or finish_reason
    return _reported(response_id, answered_by, "".join(texts), finish_reason, usage)


def _reported(response_id: str, model: str, text: str | None, finish_reason: str, usage: CompletionUsage | None) -> Reported:
    assert usage is not None, "the server reported no usage"
    return Reported(
        response_id=response_id,
        model=model,
        text=text or "",
        finish_reason=finish_reason,
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
    )
