"""An agent of the OpenAI Agents SDK under OpenInference's instrumentation."""

from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

from tests.corpus.capture import tracing
from tests.corpus.capture.apps import openai_agent

provider = tracing.start()
OpenAIAgentsInstrumentor().instrument()
openai_agent.run()
provider.shutdown()
