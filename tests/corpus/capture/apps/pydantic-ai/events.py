"""The same agent with the data format of 2025, whose messages are one event each, in an attribute."""

import logfire
from pydantic_ai import Agent
from pydantic_ai.agent import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel

from tests.corpus.capture.agents import AGENT, INSTRUCTIONS, get_order
from tests.corpus.capture.calls import ORDER
from tests.corpus.capture.replies import MODEL

logfire.configure(send_to_logfire=False, service_name="furniture-shop", console=False)
Agent.instrument_all(InstrumentationSettings(version=2))
agent = Agent(OpenAIChatModel(MODEL), name=AGENT, instructions=INSTRUCTIONS, tools=[get_order])
agent.run_sync(ORDER)
logfire.shutdown()
