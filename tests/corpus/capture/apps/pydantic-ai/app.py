"""An agent of Pydantic AI with a tool, observed by Logfire."""

import logfire
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel

from tests.corpus.capture.agents import AGENT, INSTRUCTIONS, get_order
from tests.corpus.capture.calls import ORDER
from tests.corpus.capture.replies import MODEL

logfire.configure(send_to_logfire=False, service_name="furniture-shop", console=False)
logfire.instrument_pydantic_ai()
agent = Agent(
    OpenAIChatModel(MODEL), name=AGENT, instructions=INSTRUCTIONS, tools=[get_order], model_settings={"temperature": 0.2}
)
agent.run_sync(ORDER)
logfire.shutdown()
