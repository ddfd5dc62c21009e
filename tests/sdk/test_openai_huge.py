"""A request over the limit is cut before it is written.

OpenTelemetry's instrumentation writes all of it, for tens of milliseconds in which the application's loop stands still.
"""

import json
from collections.abc import Callable
from typing import Any

import openai
import pytest

import spanhouse
from spanhouse.openai_calls import texts
from tests.sdk.openai_server import MODEL
from tests.sdk.otlp_receiver import Receiver

pytestmark = pytest.mark.net

HUGE: dict[str, dict[str, Any]] = {
    "one text": {"messages": [{"role": "user", "content": "é" * 5_000_000}]},
    "one part": {"messages": [{"role": "user", "content": [{"type": "text", "text": "é" * 5_000_000}]}]},
    "many messages": {"messages": [{"role": "user", "content": "é" * 10_000}] * 500},
    "what a tool gave": {"messages": [{"role": "tool", "tool_call_id": "c-1", "content": "é" * 5_000_000}]},
    "an input": {"input": "é" * 5_000_000, "instructions": "é" * 5_000_000},
}


@pytest.mark.usefixtures("no_tracer_provider")
@pytest.mark.parametrize("what", HUGE)
def test_huge_request_is_cut_before_it_is_written(
    what: str, receiver: Receiver, openai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted: list[int] = []
    quote: Callable[[str], str] = texts.quoted

    def noted(text: str) -> str:
        quoted.append(len(text))
        return quote(text)

    monkeypatch.setattr(texts, "quoted", noted)
    spanhouse.init(receiver.url)
    arguments = HUGE[what]
    with openai.OpenAI(base_url=openai_url, api_key="none", max_retries=0) as client:
        asked: Any = client.chat.completions if "messages" in arguments else client.responses
        asked.create(model=MODEL, **arguments)
    assert spanhouse.flush()

    (span,) = receiver.spans
    written = [str(text) for key, text in span.attributes.items() if key.endswith(("input.messages", "instructions"))]
    assert len(written) == len(arguments)
    assert all("[cut]" in text and json.loads(text) for text in written)
    assert max(map(len, written)) < 800_000
    assert sum(quoted) < 1_000_000
