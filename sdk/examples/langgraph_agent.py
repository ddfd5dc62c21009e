"""A LangGraph agent with a tool: agent, model calls and the tool's run are spans of one trace.

pip install spanhouse langchain langchain-openai opentelemetry-instrumentation-genai-langchain
"""

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

import spanhouse

# One instrumentation is enough: LangChain's makes the spans of the model's calls too.
spanhouse.init(service_name="langgraph-agent", instrument=["langchain"])


@tool
def get_order(order_id: str) -> str:
    """Looks up an order."""
    return f'{{"order_id": "{order_id}", "arrives": "Friday"}}'


agent = create_agent(ChatOpenAI(model="gpt-4o-mini"), [get_order], system_prompt="Answer in one sentence.", name="shop")
with spanhouse.context(session_id="chat-2"):
    result = agent.invoke({"messages": [{"role": "user", "content": "Where is order 4711?"}]})
print(result["messages"][-1].content)
spanhouse.flush()
