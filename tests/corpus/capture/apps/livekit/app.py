"""An agent of LiveKit with a tool, asked in text: no room, no audio."""

import asyncio
import os

from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.telemetry import set_tracer_provider
from livekit.plugins import openai

from tests.corpus.capture import tracing
from tests.corpus.capture.agents import AGENT, INSTRUCTIONS, get_order
from tests.corpus.capture.calls import ORDER
from tests.corpus.capture.replies import MODEL


@function_tool(name="get_order", description="Looks up an order")
async def look_up(order_id: str) -> str:
    """Looks up an order.

    Args:
        order_id: The order's number
    """
    return get_order(order_id)


async def ask() -> None:
    """One turn of a conversation."""
    model = openai.LLM(model=MODEL, temperature=0.2, base_url=os.environ["OPENAI_BASE_URL"])
    async with AgentSession(llm=model) as session:
        await session.start(Agent(id=AGENT, instructions=INSTRUCTIONS, tools=[look_up]))
        await session.run(user_input=ORDER)


provider = tracing.start()
set_tracer_provider(provider)
asyncio.run(ask())
provider.shutdown()
