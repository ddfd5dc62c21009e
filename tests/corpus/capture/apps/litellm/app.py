"""LiteLLM with its own OpenTelemetry callback."""

import os
import time

import litellm

from tests.corpus.capture.calls import ORDER, REFUND, SYSTEM, TOOL
from tests.corpus.capture.replies import MODEL

litellm.callbacks = ["otel"]
asked = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": REFUND}]
server = {"api_base": os.environ["OPENAI_BASE_URL"], "api_key": "none", "num_retries": 0}
litellm.completion(model=f"openai/{MODEL}", messages=asked, temperature=0.2, max_tokens=64, user="user-1", **server)
for _ in litellm.completion(
    model=f"openai/{MODEL}", messages=asked, stream=True, stream_options={"include_usage": True}, **server
):
    pass
litellm.completion(model=f"openai/{MODEL}", messages=[{"role": "user", "content": ORDER}], tools=[TOOL], **server)
time.sleep(2)  # its callbacks run in a thread of their own, which it offers no way to wait for
