"""A model that is called over plain HTTP, here Anthropic's messages: what the span says is set by hand.

pip install spanhouse httpx
"""

import os

import httpx

import spanhouse

spanhouse.init(service_name="anthropic-http")
URL = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com") + "/v1/messages"
HEADERS = {"x-api-key": os.environ["ANTHROPIC_API_KEY"], "anthropic-version": "2023-06-01"}
MODEL = "claude-sonnet-4-5"


def ask(question: str) -> str:
    """The model's answer, traced."""
    messages = [{"role": "user", "content": question}]
    with spanhouse.span("ask", "llm", model=MODEL, provider="anthropic") as span:
        span.set_request(max_tokens=200)
        span.set_input(messages)
        body = {"model": MODEL, "max_tokens": 200, "messages": messages}
        reply = httpx.post(URL, headers=HEADERS, json=body, timeout=60).raise_for_status().json()
        answer = "".join(part["text"] for part in reply["content"] if part["type"] == "text")
        span.set_output(answer)
        span.set_response(model=reply["model"], id=reply["id"], finish_reasons=[reply["stop_reason"]])
        usage = reply["usage"]
        # Anthropic counts what the cache gave beside the input; the conventions count it as part of it.
        cached = usage.get("cache_read_input_tokens") or 0
        written = usage.get("cache_creation_input_tokens") or 0
        span.set_usage(
            input_tokens=usage["input_tokens"] + cached + written,
            output_tokens=usage["output_tokens"],
            cache_read_tokens=cached,
            cache_write_tokens=written,
        )
        return answer


print(ask("How long does a refund take?"))
spanhouse.flush()
