"""The OpenAI Agents SDK: the agent's run, the model's calls and the tool's are spans of one trace.

pip install spanhouse openai-agents opentelemetry-instrumentation-genai-openai-agents opentelemetry-instrumentation-genai-openai
"""

from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool, set_trace_processors
from openai import AsyncOpenAI

import spanhouse

# The library's own exporter would send every run to its maker as well.
set_trace_processors([])
spanhouse.init(service_name="openai-agents", instrument=["openai-agents", "openai"])


@function_tool
def get_order(order_id: str) -> str:
    """Looks up an order."""
    return f'{{"order_id": "{order_id}", "arrives": "Friday"}}'


model = OpenAIChatCompletionsModel("gpt-4o-mini", AsyncOpenAI())
agent = Agent(name="shop", instructions="Answer in one sentence.", tools=[get_order], model=model)
print(Runner.run_sync(agent, "Where is order 4711?").final_output)
spanhouse.flush()
