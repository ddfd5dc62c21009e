"""An agent of Strands with a tool, under its own tracing."""

import os

from strands import Agent, tool
from strands.models.openai import OpenAIModel

from tests.corpus.capture import tracing
from tests.corpus.capture.agents import AGENT, INSTRUCTIONS, get_order
from tests.corpus.capture.calls import ORDER
from tests.corpus.capture.replies import MODEL

provider = tracing.start()
model = OpenAIModel(client_args={"base_url": os.environ["OPENAI_BASE_URL"]}, model_id=MODEL, params={"temperature": 0.2})
agent = Agent(
    model=model,
    name=AGENT,
    system_prompt=INSTRUCTIONS,
    tools=[tool(get_order)],
    callback_handler=None,
    trace_attributes={"session.id": "session-1", "user.id": "user-1"},
)
agent(ORDER)
provider.shutdown()
