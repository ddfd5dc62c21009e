"""pydantic-ai writes its own spans; it only has to be told to.

pip install spanhouse "pydantic-ai-slim[openai]"
"""

from pydantic_ai import Agent

import spanhouse

spanhouse.init(service_name="pydantic-ai-agent", instrument=False)
Agent.instrument_all()
agent = Agent("openai:gpt-4o-mini", name="shop", instructions="Answer in one sentence.")


@agent.tool_plain
def get_order(order_id: str) -> str:
    """Looks up an order."""
    return f'{{"order_id": "{order_id}", "arrives": "Friday"}}'


with spanhouse.context(session_id="chat-3"):
    print(agent.run_sync("Where is order 4711?").output)
spanhouse.flush()
