"""The agent of the OpenAI Agents SDK that is captured. Runs in the capture's own environment."""

from __future__ import annotations

from agents import Agent, ModelSettings, Runner, function_tool

from tests.corpus.capture.agents import AGENT, INSTRUCTIONS, get_order
from tests.corpus.capture.calls import ORDER
from tests.corpus.capture.replies import MODEL


def run() -> None:
    agent = Agent(
        name=AGENT,
        instructions=INSTRUCTIONS,
        model=MODEL,
        model_settings=ModelSettings(temperature=0.2),
        tools=[function_tool(get_order)],
    )
    Runner.run_sync(agent, ORDER)
