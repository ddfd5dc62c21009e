"""A plain `requests` call under `@observe`: what goes into a function and comes out of it, in one line.

pip install spanhouse requests
"""

import os

import requests

import spanhouse

spanhouse.init(service_name="requests-observe")
URL = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1") + "/chat/completions"
HEADERS = {"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}


@spanhouse.observe(kind="llm")
def ask(question: str) -> str:
    """The model's answer."""
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": question}]}
    reply = requests.post(URL, headers=HEADERS, json=body, timeout=60)
    reply.raise_for_status()
    answer = reply.json()
    span = spanhouse.current_span()
    span.set_request(model="gpt-4o-mini", provider="openai")
    span.set_usage(input_tokens=answer["usage"]["prompt_tokens"], output_tokens=answer["usage"]["completion_tokens"])
    return str(answer["choices"][0]["message"]["content"])


@spanhouse.observe(kind="workflow")
def support(question: str) -> str:
    """The step that a user sees: the model's call is its child."""
    return ask(question).strip()


print(support("How long does a refund take?"))
spanhouse.flush()
