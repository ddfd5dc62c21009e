"""An agent of Google's ADK with a tool, under its own tracing; the model is behind LiteLLM."""

import asyncio
import os

from tests.corpus.capture import tracing
from tests.corpus.capture.agents import AGENT, INSTRUCTIONS, get_order
from tests.corpus.capture.calls import ORDER
from tests.corpus.capture.replies import MODEL

provider = tracing.start()

from google.adk.agents import LlmAgent  # noqa: E402 - after the provider
from google.adk.models.lite_llm import LiteLlm  # noqa: E402
from google.adk.runners import InMemoryRunner  # noqa: E402
from google.genai import types  # noqa: E402

model = LiteLlm(model=f"openai/{MODEL}", api_base=os.environ["OPENAI_BASE_URL"], api_key="none", num_retries=0)
runner = InMemoryRunner(agent=LlmAgent(name=AGENT, model=model, instruction=INSTRUCTIONS, tools=[get_order]), app_name="shop")


async def main() -> None:
    """One question in one session."""
    await runner.session_service.create_session(app_name="shop", user_id="user-1", session_id="session-1")
    asked = types.Content(role="user", parts=[types.Part(text=ORDER)])
    async for _ in runner.run_async(user_id="user-1", session_id="session-1", new_message=asked):
        pass


asyncio.run(main())
provider.shutdown()
